"""Measured contribution as people read it: sentences for the figures, rows for the split, letters to those named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger import selectors as ledger
from ledger.services import clock
from marketplace.accounts import mail
from marketplace.catalogue.splits import SplitRow, percent_of
from marketplace.templatetags.ledgerline import group, ppm
from production import selectors as production

MILLI = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure with the sentence that explains it; `hue` is its colour in the pictures (1 to 8)."""

    name: str
    url: str
    note: str
    ppm: int
    sentence: str
    hue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the parties and elements of a contribution are called, and which versions name whom."""

    parties: Mapping[UUID, str]
    versions: Mapping[UUID, Sequence[int]]
    titles: Mapping[UUID, str]
    makers: Mapping[UUID, str]

    @classmethod
    def of(cls, found: ledger.Contribution) -> Names:
        """The names of everybody and everything in it, in four queries."""
        parent_ids = [UUID(one["element_id"]) for one in found.parents]
        elements = {one.id: one for one in production.elements(parent_ids)}
        versions = ledger.versions_of(found.element_id)
        parties = {UUID(one["party_id"]) for version in versions for one in version.contributors}
        parties |= {UUID(one["party_id"]) for one in [*found.contributors, *found.shares]}
        parties |= {one.creator_id for one in elements.values()}
        names = ledger.names_of(parties)
        named: dict[UUID, list[int]] = {}
        for version in versions:
            for party in {UUID(one["party_id"]) for one in version.contributors}:
                named.setdefault(party, []).append(version.version)
        return cls(
            parties=names,
            versions=named,
            titles={key: one.title for key, one in elements.items()},
            makers={key: names[one.creator_id] for key, one in elements.items()},
        )


def contributor_figures(found: ledger.Contribution, names: Names) -> list[Figure]:
    """What each contributor made that is still there, and the share that follows."""
    shares = {one["party_id"]: 0 for one in found.contributors}
    for one in found.shares:
        shares[one["party_id"]] = shares.get(one["party_id"], 0) + one["share_ppm"]
    units = {one["party_id"]: one for one in found.contributors}
    figures = []
    for place, (party, share) in enumerate(shares.items()):
        figure = units.get(party)
        figures.append(
            Figure(
                name=names.parties[UUID(party)],
                url=f"/creators/{party}/",
                note=str(figure["role"]).replace("_", " ") if figure else "",
                ppm=share,
                sentence=_contributor_words(found, figure, UUID(party), names),
                hue=place % 8 + 1,
            )
        )
    return figures


def _contributor_words(found: ledger.Contribution, figure: Mapping[str, Any] | None, party: UUID, names: Names) -> str:
    name = names.parties[party]
    if figure is None:
        return _("%(name)s stands in the figures that were settled.") % {"name": name}
    if not figure["units_milli"]:
        return _("Nothing that %(name)s made stands in the newest version.") % {"name": name}
    versions = names.versions.get(party, ())
    own = sum(one["units_milli"] for one in found.contributors)
    words = {
        "count": amount(figure["units_milli"], found.unit, of_total=True),
        "total": amount(found.units_total * MILLI, found.unit),
        "name": name,
        "own": amount(own, found.unit, of_total=True),
        "versions": ", ".join(str(number) for number in versions),
    }
    first = ngettext(
        "%(count)s of %(total)s are %(name)s’s, first made in version %(versions)s.",
        "%(count)s of %(total)s are %(name)s’s, first made in versions %(versions)s.",
        len(versions),
    )
    sentences = [first % words]
    if own != found.units_total * MILLI:
        sentences.append(_("That is %(count)s of the %(own)s that come from no other element.") % words)
    settled = sum(one["share_ppm"] for one in found.shares if one["party_id"] == str(party))
    if settled != figure["proposed_share_ppm"]:
        sentences.append(
            _("%(share)s was proposed; what was settled holds.") % {"share": ppm(figure["proposed_share_ppm"])}
        )
    return " ".join(sentences)


def parent_figures(found: ledger.Contribution, names: Names, *, first_hue: int) -> list[Figure]:
    """What of it is each parent's, and what flows back for it."""
    upstream = found.upstream
    figures = []
    for place, one in enumerate(found.parents):
        element_id = UUID(one["element_id"])
        figures.append(
            Figure(
                name=names.titles.get(element_id, _("an element")),
                url=f"/elements/{element_id}/",
                note=names.makers.get(element_id, ""),
                ppm=upstream.get(element_id, 0),
                sentence=f"{_parent_words(found, one, names)} {_upstream_words(found, one)}",
                hue=(first_hue + place - 1) % 8 + 1,
            )
        )
    return figures


def _parent_words(found: ledger.Contribution, one: Mapping[str, Any], names: Names) -> str:
    element_id = UUID(one["element_id"])
    words = {"title": names.titles.get(element_id, _("an element")), "maker": names.makers.get(element_id, "")}
    if one["measured_ppm"] is None:
        return _("“%(title)s” by %(maker)s cannot be compared with this: the two are of different kinds.") % words
    return _("%(count)s of %(total)s are from “%(title)s” by %(maker)s, %(share)s of the whole.") % {
        **words,
        "count": amount(one["units"] * MILLI, found.unit, of_total=True),
        "total": amount(found.units_total * MILLI, found.unit),
        "share": ppm(one["measured_ppm"]),
    }


def _upstream_words(found: ledger.Contribution, one: Mapping[str, Any]) -> str:
    proposed, measured = one["proposed_upstream_ppm"], one["measured_ppm"]
    holds = found.upstream.get(UUID(one["element_id"]), 0)
    if found.settled is not None and holds != proposed:
        return _("%(share)s flow back, as was settled.") % {"share": ppm(holds)}
    if measured is not None and proposed == measured:
        return _("So much flows back.")
    terms = ledger.derivation_terms(UUID(one["element_id"]))
    if measured is None or terms is None or terms.weight != "measured":
        return _("Its terms ask %(share)s, whatever is measured.") % {"share": ppm(proposed)}
    if proposed < measured:
        return _("Its terms let at most %(share)s flow back.") % {"share": ppm(proposed)}
    return _("Its terms ask at least %(share)s.") % {"share": ppm(proposed)}


def amount(milli: int, unit: str, *, of_total: bool = False) -> str:
    """Thousandths of a unit in words: "412" or, with the unit, "500 notes"; seconds with one decimal."""
    if unit == "milliseconds":
        text = f"{Decimal(milli) / 1_000_000:.1f}"
        return text if of_total else _("%(count)s seconds") % {"count": text}
    whole, rest = divmod(milli, MILLI)
    text = group(whole) + (f".{rest:03}".rstrip("0") if rest else "")
    if of_total:
        return text
    words = {
        "notes": ngettext("%(count)s note", "%(count)s notes", whole),
        "parameters": ngettext("%(count)s parameter", "%(count)s parameters", whole),
        "samples": ngettext("%(count)s sample", "%(count)s samples", whole),
    }[unit]
    return words % {"count": text}


def is_stale(found: ledger.Contribution) -> bool:
    """Whether a newer version was made since."""
    now = ledger.element(found.element_id)
    return now is None or now.content_hash != found.content_hash


def heard_until(element_id: UUID) -> dt.datetime | None:
    """Until when somebody named, who has not answered yet, may still contest; None if nobody is waited for.

    Who has a share in the split in force said yes to it, and who ended a contest of these figures was heard.
    """
    found = ledger.contribution_of(element_id)
    if found is None:
        return None
    until = found.at + dt.timedelta(hours=settings.CONTRIBUTION_HEARING_HOURS)
    if clock.now() >= until:
        return None
    answered = {share.party_id for share in ledger.splits_in_force(element_id)}
    answered |= {one.party_id for one in ledger.contests_of(element_id) if one.state != "open"}
    waited_for = ledger.parties_to_contribution(found) - answered - {found.actor_id}
    return until if any(party.claimed for party in ledger.parties(waited_for)) else None


def contested_by(element_id: UUID) -> str:
    """Who contests its measured figures and is not settled with, as names; empty if nobody does."""
    open_ones = [one.party_id for one in ledger.contests_of(element_id) if one.state == "open"]
    names = ledger.names_of(open_ones)
    return ", ".join(names[party] for party in reversed(open_ones))


def waiting_words(element_id: UUID) -> str:
    """Why an element whose split is in force is not on sale yet; empty if the figures do not keep it."""
    if ledger.open_contest(element_id) is not None:
        return _("It goes on sale once the contest of its measured figures is settled.")
    if ledger.departs_from_settled(element_id):
        return _("It goes on sale with the split that settled the contest; this is another.")
    until = heard_until(element_id)
    if until is None:
        return ""
    return _("It goes on sale after %(at)s: until then whoever is named in the measured figures may contest them.") % {
        "at": formats.date_format(timezone.localtime(until), "DATETIME_FORMAT")
    }


def upstream_weighed(element_id: UUID) -> dict[UUID, int]:
    """Parent -> what flows back to it by the newest figures; empty if they are of an older version."""
    found = ledger.contribution_of(element_id)
    return {} if found is None or is_stale(found) else found.upstream


def split_rows(found: ledger.Contribution) -> list[SplitRow]:
    """The split that follows, as the publish page writes it."""
    people = {str(one.party_id): one for one in ledger.parties(UUID(share["party_id"]) for share in found.shares)}
    return [
        SplitRow(
            email=people[one["party_id"]].email or "",
            role=one["role"],
            percent=percent_of(one["share_ppm"]),
            party_id=one["party_id"],
            name=people[one["party_id"]].display_name,
        )
        for one in found.shares
    ]


def upstream_rows(found: ledger.Contribution, names: Names) -> list[tuple[UUID, str, str]]:
    """(parent, its title, percent) as a form shows it."""
    return [(key, names.titles.get(key, ""), percent_of(share)) for key, share in found.upstream.items()]


def tell_named(element_id: UUID, *, but: UUID, subject: str, template: str) -> None:
    """Mail to everybody named in the newest figures, but for whoever did what the letter tells of."""
    found = ledger.contribution_of(element_id)
    if found is None:
        return
    title = production.element(element_id).title
    for party in ledger.parties(ledger.parties_to_contribution(found) - {but}):
        if party.email and party.claimed:
            mail.queue(
                recipient=party.email,
                subject=subject,
                template=template,
                context={"title": title, "name": party.display_name, "element_id": element_id},
            )
