"""What the pages of a label show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger import selectors as ledger
from ledger.services.settlements import agreed
from marketplace.catalogue import selectors as catalogue
from marketplace.labels.access import Label
from marketplace.templatetags.ledgerline import minor_digits, ppm, write_amount

ELEMENTS_MAX = 500


def artist_ids(label: Label) -> list[UUID]:
    """Everyone the label ever had a contract with, or paid in advance."""
    signed = [one.party_id for one in ledger.contracts(label_id=label.label_id)]
    paid = [one.party_id for one in ledger.advances(label_id=label.label_id)]
    return list(dict.fromkeys([*signed, *paid]))


def artists(label: Label) -> list[tuple[str, str]]:
    """The label's artists as choices of a form, by name."""
    names = ledger.names_of(artist_ids(label))
    return sorted(((str(party_id), name) for party_id, name in names.items()), key=lambda one: one[1].casefold())


def elements_of_artists(label: Label, group: ledger.CatalogueGroup | None = None) -> list[tuple[str, str]]:
    """What the label's artists earn from, as choices of a form, by title; what is in the group stays choosable."""
    standing = {one.party_id for one in ledger.contracts(label_id=label.label_id, standing=True)}
    ids = [element for party in sorted(standing) for element in [*ledger.elements_shared(party), *_made_by(party)]]
    ids += group.element_ids if group else ()
    names = titles(list(dict.fromkeys(ids))[:ELEMENTS_MAX])
    return sorted(((str(one), title) for one, title in names.items()), key=lambda one: one[1].casefold())


def _made_by(party_id: UUID) -> list[UUID]:
    return [one.element_id for one in ledger.elements_of(party_id)]


def titles(element_ids: list[UUID]) -> dict[UUID, str]:
    """Titles of elements; one that was never listed has the start of its id."""
    rows = catalogue.rows_for(element_ids)
    return {one: rows[one].title if one in rows else f"element {str(one)[:8]}" for one in element_ids}


def element_id_in(text: str) -> UUID:
    """The id in an address, or the id itself.

    Raises
    ------
    ValidationError
        If there is none in it, or no such element.
    """
    found = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text.lower())
    if not found:
        raise ValidationError(_("Copy the address of the element’s page, or its id."))
    if ledger.element(UUID(found[-1])) is None:
        raise ValidationError(_("There is no such element."))
    return UUID(found[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRow:
    """One contract of a list."""

    contract: ledger.Contract
    artist: str
    scope: str
    steps: tuple[str, ...]
    units: int | None
    """Sold so far, where steps count them."""
    rate_ppm: int
    """What the next sale is shared at."""

    @property
    def id(self) -> str:
        """The contract's id as text."""
        return str(self.contract.contract_id)


def contract_rows(label: Label) -> list[ContractRow]:
    """The label's contracts, newest first, those that ended last."""
    found = sorted(
        ledger.contracts(label_id=label.label_id), key=lambda one: (one.ended_position is not None, -one.position)
    )
    names = ledger.names_of(one.party_id for one in found)
    groups = {one.group_id: one.name for one in ledger.catalogue_groups(label_id=label.label_id)}
    elements = titles([one.element_id for one in found if one.element_id])
    units = agreed.units_sold(one.contract_id for one in found if one.escalations)
    rows = []
    for one in found:
        sold = units.get(one.contract_id)
        reached = [step.label_ppm for step in one.escalations if sold is not None and step.units_from <= sold]
        rows.append(
            ContractRow(
                contract=one,
                artist=names[one.party_id],
                scope=_scope(one, groups, elements),
                steps=_steps(one),
                units=sold,
                rate_ppm=reached[-1] if reached else one.label_ppm,
            )
        )
    return rows


def _scope(one: ledger.Contract, groups: dict[UUID, str], elements: dict[UUID, str]) -> str:
    if one.element_id:
        return elements[one.element_id]
    if one.group_id:
        return _("group “%(name)s”") % {"name": groups.get(one.group_id, "")}
    return _("everything")


def _steps(one: ledger.Contract) -> tuple[str, ...]:
    """Each step in words, the first share before them; none for a contract without."""
    if not one.escalations:
        return ()
    later = (
        ngettext("%(share)s from %(units)d unit", "%(share)s from %(units)d units", step.units_from)
        % {"share": ppm(step.label_ppm), "units": step.units_from}
        for step in one.escalations
    )
    return (_("%(share)s at first") % {"share": ppm(one.label_ppm)}, *later)


def group_rows(label: Label) -> list[dict[str, Any]]:
    """The label's groups with the titles of what is in them."""
    groups = ledger.catalogue_groups(label_id=label.label_id)
    names = titles([element for group in groups for element in group.element_ids][:ELEMENTS_MAX])
    return [
        {"group": group, "titles": sorted(names[one] for one in group.element_ids if one in names)} for group in groups
    ]


def money_rows(label: Label) -> dict[str, list[dict[str, Any]]]:
    """Advances, and costs with what each artist owes of them."""
    owed = ledger.advances(label_id=label.label_id)
    costs = ledger.costs(label_id=label.label_id)
    names = ledger.names_of([*(one.party_id for one in owed)])
    elements = titles([one.element_id for one in costs if one.element_id])
    parts: dict[UUID, list[dict[str, Any]]] = {}
    for one in owed:
        if one.cost_id:
            parts.setdefault(one.cost_id, []).append({"artist": names[one.party_id], "owed": one})
    return {
        "advances": [{"artist": names[one.party_id], "owed": one} for one in owed if one.cost_id is None],
        "costs": [
            {
                "cost": one,
                "element": elements.get(one.element_id) if one.element_id else "",
                "parts": parts.get(one.cost_id, []),
            }
            for one in costs
        ],
    }


def payee_rows(label: Label) -> list[dict[str, Any]]:
    """The label's artists: how they are paid (for platform staff), and what they still have to repay the label."""
    ids = artist_ids(label)
    names = ledger.names_of(ids)
    terms = {one.party_id: one for one in sorted(ledger.payee_terms(ids), key=lambda one: one.position)}
    owed: dict[UUID, dict[str, int]] = {}
    for one in ledger.advances(label_id=label.label_id):
        mine = owed.setdefault(one.party_id, {})
        mine[one.currency] = mine.get(one.currency, 0) + one.unrecouped_micro
    return [
        {
            "party_id": party_id,
            "name": names[party_id],
            "terms": terms.get(party_id),
            "owed": sorted((owed.get(party_id) or {}).items()),
        }
        for party_id in sorted(ids, key=lambda one: names[one].casefold())
    ]


def terms_as_typed(party_id: UUID) -> dict[str, str]:
    """How an artist is paid now, as the form writes it: rates of the newest terms, the least payout in its currency."""
    found = sorted(ledger.payee_terms([party_id]), key=lambda one: one.position)
    if not found:
        return {"party": str(party_id)}
    newest = found[-1]
    return {
        "party": str(party_id),
        "reserve": percent(newest.reserve_ppm),
        "releases": " ".join(str(weight) for weight in newest.reserve_releases),
        "withholding": percent(newest.withholding_ppm),
        "currency": newest.currency,
        "minimum": str(Decimal(newest.minimum_payout_minor).scaleb(-minor_digits(newest.currency))),
    }


def minimums_in_words(party_id: UUID) -> str:
    """The least payouts that were set for an artist, one a currency."""
    return ", ".join(
        f"{write_amount(one.minimum_payout_minor, digits=minor_digits(one.currency))} {one.currency}"
        for one in ledger.payee_terms([party_id])
    )


def percent(ppm_: int) -> str:
    """A share as one types it."""
    return f"{Decimal(ppm_).scaleb(-4):f}".rstrip("0").rstrip(".")


def condition_rows(label: Label) -> list[dict[str, Any]]:
    """The label's standing payment conditions in words."""
    found = ledger.payment_conditions(label_id=label.label_id)
    names = ledger.names_of({party for one in found for party in (one.party_id, *one.needs_party_ids)})
    return [
        {"condition": one, "artist": names[one.party_id], "needs": [names[party] for party in one.needs_party_ids]}
        for one in found
    ]
