"""Proposals in the form that pages show: what is drawn, what they are called, what their maker would keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ledger import selectors as ledger
from marketplace.catalogue.originality import Neighbour, neighbours
from production import selectors as production
from production.errors import UnknownProcessError
from production.services import generation
from production.services.asking import Asked, element_of

PPM = 1_000_000
CURVE_BOX = (480, 120)
_TOP_DB, _FLOOR_DB = 6.0, 48.0
_FIGURES = (
    ("integrated_lufs", _("Loudness"), "LUFS"),
    ("true_peak_dbtp", _("True peak"), "dBTP"),
    ("sample_peak_dbfs", _("Highest sample"), "dBFS"),
    ("crest_db", _("Peaks over the mean"), "dB"),
    ("width_db", _("Sides against the middle"), "dB"),
    ("range_lu", _("Loudness range"), "LU"),
)
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
class SoundCard:
    """A proposal of sound as it is drawn.

    lead : in what it differs from the others; remarks : the moves and why
    figures : (words, unit, before, after) in words; curve, before_curve : the spectra as points of a polyline
    """

    proposal: production.ProposalView
    title: str
    lead: str
    remarks: tuple[str, ...]
    figures: tuple[tuple[str, str, str, str], ...]
    curve: str
    before_curve: str


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


def sound_card(proposal: production.ProposalView) -> SoundCard:
    """How a master or a mix is shown."""
    sound = proposal.sound
    now, was = sound["figures_milli"], sound["before_milli"]
    is_first = proposal.variant == 0
    lead = (str(_("As asked.")) if is_first else "".join(proposal.remarks[:1])) if not proposal.by_hand else ""
    return SoundCard(
        proposal=proposal,
        title=title_of([proposal]),
        lead=lead,
        remarks=proposal.remarks if is_first else proposal.remarks[1:],
        figures=tuple(
            (str(words), unit, _figure(was.get(name)), _figure(now.get(name)))
            for name, words, unit in _FIGURES
            if name in now or name in was
        ),
        curve=curve_of(sound["spectrum_db"]),
        before_curve=curve_of(sound["before_spectrum_db"]),
    )


def curve_of(levels_db: Sequence[float]) -> str:
    """Levels as the points of a polyline, spread over the box's width; what is 48 dB down lies on its floor."""
    step = CURVE_BOX[0] / max(len(levels_db) - 1, 1)
    heights = (min(max(_TOP_DB - level, 0.0) / (_TOP_DB + _FLOOR_DB), 1.0) * CURVE_BOX[1] for level in levels_db)
    return " ".join(f"{place * step:.1f},{height:.1f}" for place, height in enumerate(heights))


def _figure(milli: int | None) -> str:
    return "–" if milli is None else f"{milli / 1000:.1f}".replace("-", "\u2212")


def title_of(proposals: Sequence[production.ProposalView]) -> str:
    """What a proposal is called until its maker says otherwise."""
    if not proposals:
        return ""
    first = proposals[0]
    number = str(_("by hand")) if first.by_hand else str(first.number)
    found = production.elements([first.input_id]) if first.input_id else []
    if first.sounds_count > 1:
        title = found[0].title[:80] if found else ""
        return str(_("Mix of %(title)s and others, %(number)s") % {"title": title, "number": number})
    ending = production.ending(first.capability)
    return f"{found[0].title}, {ending} {number}" if found else f"{ending[:1].upper()}{ending[1:]} {number}"


def runs_of(party_id: UUID, *, element_id: UUID | None = None) -> list[Run]:
    """What a party asked for, the newest first; with `element_id` only of that element."""
    jobs = [job for job in ledger.jobs_of(party_id, limit=_RUNS_LOOKED_AT_MAX) if job.task in generation.TASKS]
    wanted = [
        job
        for job in jobs
        if page_of(job.arguments) is None and (element_id is None or element_of(job.arguments) == element_id)
    ]
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


def page_of(arguments: Mapping[str, Any]) -> UUID | None:
    """The request on whose page this one stands, where it is a change of what that one proposed."""
    page = (arguments.get("base") or {}).get("page_id")
    return UUID(page) if page else None


def changes_under_way(job_id: UUID, party_id: UUID) -> list[UUID]:
    """Changes of a request's proposals that are not heard yet, the oldest first."""
    jobs = ledger.jobs_of(party_id, limit=_RUNS_LOOKED_AT_MAX)
    mine = [job for job in jobs if job.task in generation.TASKS and page_of(job.arguments) == job_id]
    return [job.job_id for job in reversed(mine) if job.state == "requested"]


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
