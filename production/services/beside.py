"""What stands beside proposals in their list: music that is known already, judged by the model that proposes.

Which elements may be offered to whom is the shop's to say: `settings.RECOMMENDABLE` names a function of it. Alone,
production offers a party what it made. The list is part of the job's result, so the record holds what was offered, and
`again` judges it once more. Only what is chosen becomes an input of anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.utils.module_loading import import_string

from ledger import selectors as ledger
from production import progress
from production.errors import CancelledError, ProductionError, UnknownJobError
from production.models import Element, Proposal, Version
from production.parsing.apart import GENERATING, run_apart
from production.selectors import nearby
from production.services import asking, motifs
from production.services.asking import Asked
from production.services.working import Work
from production.stores import content

log = structlog.get_logger()

KEPT_MAX = 8
"""So many are offered; more would bury the proposals."""
BYTES_MAX = 512 * 1024
"""Larger files of notes are whole scores: they are not read for this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How all that is offered fits.

    event : what is counted ("chord", "note"); drawn : variant -> 1000 ln P of one
    known : {element_id, content_hash, fit_milli, events, semitones, words} each, the best first
    """

    event: str = ""
    drawn: Mapping[int, int] = field(default_factory=dict)
    known: Sequence[Mapping[str, Any]] = ()


def ranked(work: Work, asked: Asked, source: bytes) -> Ranking:
    """Judge the job's proposals and what is known; nothing where the capability has no like in a catalogue.

    A file that breaks the comparison takes nothing from the proposals: they are there without a rank.

    Raises
    ------
    CancelledError
        If the job was ended meanwhile.
    """
    if asked.capability not in nearby.KINDS:
        return Ranking()
    progress.tell(work.job_id, 0.94, "Looking at what is known already")
    proposals = list(Proposal.objects.filter(job_id=work.job_id).order_by("variant"))
    versions = _candidates(work, asked, proposals)
    try:
        return _judged(asked, source, proposals, versions, is_cancelled=work.is_over)
    except CancelledError:
        raise
    except ProductionError as refusal:
        log.warning("beside.refused", job_id=str(work.job_id), code=refusal.code)
        return Ranking()


def again(job_id: UUID) -> list[tuple[Mapping[str, Any], int | None]]:
    """What a job offered beside its proposals, each with what it is judged by today; none if it cannot be read.

    Raises
    ------
    UnknownJobError
        If there is no such job, or it has not offered anything.
    MissingContentError
        If the bytes it was asked with, or those it offered, are gone.
    """
    job = ledger.job(job_id)
    offered = dict((job.result or {}).get("beside") or {}) if job else {}
    if job is None or not offered:
        raise UnknownJobError
    asked = Asked.from_arguments(job.arguments)
    hashes = [one["content_hash"] for one in offered["known"]]
    files = [content.get(one, verify=True) for one in hashes]
    judged = _run(asked, source_of(job.arguments), files, [{"id": str(place)} for place in range(len(files))])
    milli = {fit["id"]: fit["per_event_milli"] for fit in judged["fits"]}
    return [(one, milli.get(str(place))) for place, one in enumerate(offered["known"])]


def source_of(arguments: Mapping[str, Any]) -> bytes:
    """The notes that a job was asked with."""
    if "element_id" not in arguments:
        return str(arguments["given"]).encode()
    return content.get(str(arguments["input_hash"]), verify=True)


# -------------------------------------------------------------------------------------------------------- looking
def _candidates(work: Work, asked: Asked, proposals: Sequence[Proposal]) -> list[Version]:
    """The newest versions of what may fit and may be offered, small enough to be read."""
    input_id = asking.element_of(work.arguments)
    made = Proposal.objects.filter(owner_id=work.actor_id, input_id=input_id) if input_id else Proposal.objects.none()
    sought = nearby.Sought(
        capability=asked.capability,
        chords=(_given_chords(asked, input_id), *(tuple(symbol for _, symbol in one.chords) for one in proposals)),
        contour_grams=_grams(proposals),
        without=tuple(
            {*([input_id] if input_id else []), *made.values_list("id", flat=True), *(one.id for one in proposals)}
        ),
    )
    found = nearby.nearby(sought, visible=lambda ids: _offerable(ids, work.actor_id))
    rows = Version.objects.filter(element_id__in=found, note_keys__is_newest=True)
    newest = {row.element_id: row for row in rows if row.size_bytes <= BYTES_MAX}
    return [newest[one] for one in found if one in newest]


def _offerable(element_ids: Sequence[UUID], party_id: UUID) -> Collection[UUID]:
    named = getattr(settings, "RECOMMENDABLE", "")
    if named:
        answer: Collection[UUID] = import_string(named)(element_ids, party_id)
        return answer
    return set(Element.objects.filter(pk__in=element_ids, creator_id=party_id).values_list("pk", flat=True))


def _given_chords(asked: Asked, input_id: UUID | None) -> tuple[str, ...]:
    if input_id is None:
        return tuple(word for word in asked.given.replace("|", " ").split() if word not in ("%", "."))
    version = Version.objects.filter(element_id=input_id).order_by("-number").first()
    return tuple((version.description.get("chords") if version else None) or ())


def _grams(proposals: Sequence[Proposal]) -> tuple[int, ...]:
    """The ups and downs of what was proposed, as the catalogue is searched by."""
    found: set[int] = set()
    for one in proposals:
        if noted := one.examined.get("motifs"):
            found |= set(motifs.keys_of(noted)["contour_grams"])
    return tuple(sorted(found))


# -------------------------------------------------------------------------------------------------------- judging
def _judged(
    asked: Asked, source: bytes, proposals: Sequence[Proposal], versions: Sequence[Version], **run: Any
) -> Ranking:
    hashes = [*(one.content_hash for one in proposals), *(one.content_hash for one in versions)]
    files = [content.get(one, verify=True) for one in hashes]
    passages: list[dict[str, Any]] = [
        {"id": f"drawn-{one.variant}", "drawn": True, "chords": one.chords} for one in proposals
    ]
    passages += [{"id": str(one.element_id)} for one in versions]
    said = _run(asked, source, files, passages, **run)
    of_known = {str(one.element_id): one.content_hash for one in versions}
    drawn = {f"drawn-{one.variant}": one.variant for one in proposals}
    known = [
        {
            "element_id": fit["id"],
            "content_hash": of_known[fit["id"]],
            "fit_milli": fit["per_event_milli"],
            **{name: fit[name] for name in ("events", "semitones", "words")},
        }
        for fit in said["fits"]
        if fit["id"] in of_known
    ]
    return Ranking(
        event=said["event"],
        drawn={drawn[fit["id"]]: fit["per_event_milli"] for fit in said["fits"] if fit["id"] in drawn},
        known=known[:KEPT_MAX],
    )


def _run(
    asked: Asked, source: bytes, files: Sequence[bytes], passages: Sequence[Mapping[str, Any]], **run: Any
) -> dict[str, Any]:
    arguments = {
        "capability": asked.capability,
        "values": dict(asked.values),
        "sizes": [len(source), *map(len, files)],
        "passages": list(passages),
    }
    return run_apart("rank", b"".join((source, *files)), arguments=arguments, bounds=GENERATING, **run).values
