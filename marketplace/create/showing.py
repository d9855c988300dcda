"""Proposals in the form that pages show: what is drawn, what they are called, what their maker would keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any
from uuid import UUID

from django.conf import settings

from ledger import selectors as ledger
from marketplace.catalogue.originality import Neighbour, neighbours
from production import selectors as production
from production.errors import UnknownProcessError
from production.services import generation
from production.services.asking import Asked, element_of

PPM = 1_000_000
STAFF_BARS_MAX = 16
_GRID = 24  # of a quarter note: triplets and sixteenths fall on it
_RUNS_LOOKED_AT_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A proposal as it is drawn.

    staff : its highest part as (onset, duration, pitch) in quarter notes
    fit_milli : 1000 ln P of one event under the model, where it is ranked
    heard : what of it stands elsewhere, the nearest first; none until it was looked
    """

    proposal: production.ProposalView
    title: str
    staff: tuple[tuple[float, float, int], ...]
    beats: int
    parts: int
    fit_milli: int | None = None
    heard: tuple[Neighbour, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A request that was made before."""

    job_id: UUID
    title: str
    state: str
    seed: int
    requested_at: Any


def card(proposal: production.ProposalView, *, party_id: UUID, fit_milli: int | None = None) -> Card:
    """How one proposal is shown."""
    notes = proposal.roll["notes"]
    facts = proposal.facts
    beats = _beats(facts.get("time_signature"))
    return Card(
        proposal=proposal,
        title=title_of([proposal]),
        staff=_staff(notes, facts.get("tempo_bpm"), beats),
        beats=beats,
        parts=len({note[4] for note in notes}),
        fit_milli=fit_milli,
        heard=None if proposal.likeness is None else tuple(neighbours(proposal.likeness, party_id)),
    )


def title_of(proposals: Sequence[production.ProposalView]) -> str:
    """What a proposal is called until its maker says otherwise."""
    if not proposals:
        return ""
    first = proposals[0]
    found = production.elements([first.input_id]) if first.input_id else []
    ending = production.ending(first.capability)
    return f"{found[0].title}, {ending} {first.number}" if found else f"{ending[:1].upper()}{ending[1:]} {first.number}"


def runs_of(party_id: UUID, *, element_id: UUID | None = None) -> list[Run]:
    """What a party asked for, the newest first; with `element_id` only of that element."""
    jobs = [job for job in ledger.jobs_of(party_id, limit=_RUNS_LOOKED_AT_MAX) if job.task in generation.TASKS]
    wanted = [job for job in jobs if element_id is None or element_of(job.arguments) == element_id]
    sources = {source for job in wanted if (source := element_of(job.arguments)) is not None}
    titles = {one.id: one.title for one in production.elements(sources)}
    return [
        Run(
            job_id=job.job_id,
            title=_run_title(Asked.from_arguments(job.arguments), titles.get(element_of(job.arguments) or job.job_id)),
            state=job.state,
            seed=int(job.arguments["seed"]),
            requested_at=job.requested_at,
        )
        for job in wanted
    ]


def keeps_ppm(upstream_ppm: int, *, model_ppm: int = 0) -> int:
    """What is left of a sale for its maker, after commission, what it is made from, and the model's party."""
    return (PPM - settings.COMMISSION_PPM) * (PPM - upstream_ppm) * (PPM - model_ppm) // PPM**2


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsParty:
    """Who trained a model, and their share of an element's own portion."""

    name: str
    share_ppm: int


def models_party(model: str, *, keeper_id: UUID) -> ModelsParty | None:
    """The party that shares in what this model makes from now on; None where nobody but the keeper does."""
    terms = next(iter(ledger.models_named(model)), None)
    if terms is None or terms.trainer_id is None or not terms.share_ppm or terms.trainer_id == keeper_id:
        return None
    return ModelsParty(name=ledger.names_of([terms.trainer_id])[terms.trainer_id], share_ppm=terms.share_ppm)


def _run_title(asked: Asked, source: str | None) -> str:
    try:
        name = production.capability(asked.capability).title
    except UnknownProcessError:
        name = asked.capability
    return f"{name}: {source or asked.given}"


def _beats(signature: str | None) -> int:
    top, _, bottom = (signature or "4/4").partition("/")
    return max(1, int(top) * 4 // int(bottom)) if top.isdigit() and bottom.isdigit() and int(bottom) else 4


def _staff(notes: Sequence[Sequence[Any]], tempo_bpm: float | None, beats: int) -> tuple[tuple[float, float, int], ...]:
    """The highest part's notes on the grid, one at a time; nothing where the tempo is not known."""
    if not tempo_bpm or not notes:
        return ()
    parts: dict[int, list[Sequence[Any]]] = {}
    for note in notes:
        parts.setdefault(note[4], []).append(note)
    highest = max(parts.values(), key=lambda part: fmean(note[2] for note in part))
    line: list[tuple[float, float, int]] = []
    for note in sorted(highest, key=lambda one: (one[0], -one[2])):
        onset, duration = (round(seconds * tempo_bpm / 60 * _GRID) / _GRID for seconds in note[:2])
        if onset >= STAFF_BARS_MAX * beats or (line and onset < line[-1][0] + line[-1][1] - 1 / _GRID):
            continue
        line.append((onset, max(duration, 1 / 4), note[2]))
    return tuple(line)
