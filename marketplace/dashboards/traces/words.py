"""Figures and facts as a trace writes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger import selectors as ledger
from ledger.services.settlements.evidence import Evidence
from ledger.services.settlements.gather import true_id
from marketplace.accounts.models import User
from marketplace.catalogue import selectors as catalogue
from marketplace.licensing import proofs
from marketplace.templatetags.ledgerline import minor_digits, write_amount

MICRO = 1_000_000
FINEST_DIGITS = 6
"""Decimals of a micro that a fraction is written with before it is cut."""


@dataclass(frozen=True, slots=True)
class Names:
    """Titles of elements and public names of parties, by the ids of a folder."""

    titles: dict[str, str]
    people: dict[str, str]

    def element(self, folder_id: str) -> str:
        """An element's title."""
        return self.titles.get(true_id(folder_id), _("an element"))

    def party(self, party_id: str) -> str:
        """A party's public name."""
        return self.people.get(party_id, party_id)

    def receiver(self, name: str) -> str:
        """Whatever a division names: a party or an element."""
        return self.people[name] if name in self.people else self.element(name)


def names_of(elements: Iterable[str], parties: Iterable[str]) -> Names:
    """The names for these ids."""
    ids = {UUID(true_id(one)) for one in elements}
    found = catalogue.rows_for(list(ids))
    people = ledger.names_of(UUID(one) for one in set(parties) if one)
    return Names({str(key): row.title for key, row in found.items()}, {str(key): name for key, name in people.items()})


def exact(amount: Fraction | int, currency: str) -> str:
    """An exact amount in micro as money: every decimal it has, or as many as fit and an ellipsis."""
    scaled = Fraction(amount) * 10**FINEST_DIGITS
    whole, digits = int(scaled), minor_digits(currency)
    text = write_amount(whole, digits=digits + 6 + FINEST_DIGITS, shortest=digits)
    return text if scaled == whole else f"{text}…"


def picture(value: Fraction | int) -> float:
    """Micro as minor units for a picture."""
    return float(Fraction(value) / MICRO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One event behind a step; `receipt` says whether the reader may take its receipt."""

    label: str
    record: ledger.Record
    receipt: bool


WHAT = {
    "sale": gettext_lazy("The sale"),
    "refund": gettext_lazy("The refund"),
    "dispute": gettext_lazy("The dispute"),
    "adjustment": gettext_lazy("The correction"),
    "met": gettext_lazy("A correction had told it"),
    "fee": gettext_lazy("The processor’s fee"),
    "licence": gettext_lazy("The licence"),
    "commission": gettext_lazy("The run that fixed the commission"),
    "derivation": gettext_lazy("The derivation"),
    "split": gettext_lazy("The split in force"),
    "contract": gettext_lazy("The label contract"),
    "calculated": gettext_lazy("Calculated"),
    "issued": gettext_lazy("Statement issued"),
    "requested": gettext_lazy("Payout asked for"),
    "paid": gettext_lazy("Transfer sent"),
    "failed": gettext_lazy("Transfer refused"),
    "reversed": gettext_lazy("Transfer came back"),
}


def facts(evidence: Iterable[Evidence], user: User) -> list[Fact]:
    """Evidence for the page."""
    return [fact(one.what, one.record, user) for one in evidence]


def fact(what: str, record: ledger.Record, user: User) -> Fact:
    """One event for the page."""
    label = str(WHAT[what]) if what in WHAT else what
    return Fact(label=label, record=record, receipt=proofs.is_shown(user, record))


def links_of(bands: Iterable[tuple[str, str, Fraction | int]], currency: str) -> list[dict[str, Any]]:
    """Bands (from, to, micro) for the flow graph, equal ends summed, nothing left out but zero."""
    sums: dict[tuple[str, str], Fraction] = {}
    for start, end, amount in bands:
        sums[start, end] = sums.get((start, end), Fraction(0)) + amount
    return [
        {"from": start, "to": end, "value": picture(abs(amount)), "words": f"{exact(amount, currency)} {currency}"}
        for (start, end), amount in sums.items()
        if amount
    ]
