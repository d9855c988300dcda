"""One list of proposals and of what the catalogue has, ranked by how likely each is under the model that proposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.create.offered import Offered, offered
from marketplace.create.showing import Card, card
from production import selectors as production


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One place in the list: a proposal, or something known. `place` counts from 1, 0 where nothing is ranked (yet)."""

    place: int
    card: Card | None = None
    known: Offered | None = None

    @property
    def fit_milli(self) -> int | None:
        """What it is ranked by."""
        return self.card.fit_milli if self.card else self.known.fit_milli if self.known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The whole list. event : what is counted ("chord", "note", "half bar"), empty where nothing is ranked."""

    event: str
    entries: tuple[Entry, ...]


def of_job(job: production.JobProgress, proposals: Sequence[production.ProposalView], party_id: UUID) -> Listed:
    """The list of a job: ranked once it is finished, in the order of arrival before."""
    result = job.result or {}
    beside = result.get("beside") or {}
    milli = {one["variant"]: one.get("fit_milli") for one in result.get("variants") or ()}
    cards = [card(one, party_id=party_id, fit_milli=milli.get(one.variant)) for one in proposals]
    if not beside:
        return Listed(event="", entries=tuple(Entry(place=0, card=one) for one in cards))
    known = offered(beside["known"], party_id)
    ranked: list[tuple[int, int, Card | Offered]] = [
        (one.fit_milli, 0, one) for one in cards if one.fit_milli is not None
    ]
    ranked += [(one.fit_milli, 1, one) for one in known]
    ranked.sort(key=lambda one: (-one[0], one[1]))  # stable: of equal ones as they came, proposals first
    entries = [
        Entry(place=place, **({"card": one} if isinstance(one, Card) else {"known": one}))  # type: ignore[arg-type]
        for place, (_, _, one) in enumerate(ranked, start=1)
    ]
    entries += [Entry(place=0, card=one) for one in cards if one.fit_milli is None]
    return Listed(event=str(beside["event"]), entries=tuple(entries))
