"""What was measured of who made what, and how a contest of it ended."""

from __future__ import annotations

import dataclasses
from typing import Literal
from uuid import UUID

from ledger.domain.events.codec import Event, event
from ledger.domain.events.values import Role, Share

Unit = Literal["notes", "milliseconds", "parameters", "samples"]
ContestOutcome = Literal["agreed", "decided", "withdrawn"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ParentFigure:
    """What of an element is a parent's, in units and ppm (None: the two cannot be compared), and what is proposed."""

    element_id: UUID
    content_hash: str
    units: int
    measured_ppm: int | None
    proposed_upstream_ppm: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ContributorFigure:
    """Units that a party was the first to make and that stand in the newest version, and the share proposed for it."""

    party_id: UUID
    role: Role
    units_milli: int
    proposed_share_ppm: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamFigure:
    """What is to flow back to a parent."""

    element_id: UUID
    upstream_ppm: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ContributionMeasured(Event):
    """A version of an element was compared with the versions before it and with its parents.

    `units_total` are the version's notes, milliseconds, parameters or samples; `units_milli` of a contributor are
    thousandths of one, for a unit made by three is a third of each. `detail_hash` binds the figures of every bar.
    """

    kind = "contribution.measured.v1"
    contribution_id: UUID
    element_id: UUID
    version: int
    content_hash: str
    unit: Unit
    units_total: int
    parents: tuple[ParentFigure, ...]
    contributors: tuple[ContributorFigure, ...]
    detail_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ContributionContested(Event):
    """A party named in it says the figures are wrong: the element stays off sale until that is settled."""

    kind = "contribution.contested.v1"
    contest_id: UUID
    contribution_id: UUID
    element_id: UUID
    party_id: UUID
    words_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ContributionOffered(Event):
    """The element's maker offers other figures to the one who contests."""

    kind = "contribution.offered.v1"
    contest_id: UUID
    contribution_id: UUID
    element_id: UUID
    parents: tuple[UpstreamFigure, ...]
    contributors: tuple[Share, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ContributionSettled(Event):
    """A contest is over: the offer was accepted, staff decided with a reason, or it was taken back.

    The figures are those that hold from here on.
    """

    kind = "contribution.settled.v1"
    contest_id: UUID
    contribution_id: UUID
    element_id: UUID
    outcome: ContestOutcome
    parents: tuple[UpstreamFigure, ...]
    contributors: tuple[Share, ...]
    reason_hash: str | None
