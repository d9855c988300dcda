"""Recommendations: asked for, proposed by a model in a process of its own one by one, kept as elements.

What is kept is a derivation of its declared inputs: the published policy passes 300,000 ppm of its income to them, or
more where the terms of an input's licence ask for more. `generation_replay` makes the same bytes again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ledger import selectors as ledger
from ledger.domain.events import Contribution, ElementGenerated, Event, Parent
from ledger.domain.ids import uuid7
from ledger.domain.settlement import allocate
from ledger.services import jobs
from production import limits, progress
from production.errors import NoLicenceError, NotAMelodyError, UnknownElementError, UnknownProposalError
from production.models import Proposal, Version
from production.parsing.apart import GENERATING, run_apart
from production.parsing.report import Examined
from production.parsing.telling import Part
from production.permissions import may_have
from production.services import asking, beside, elements, locks, modelling, pictures, sweeping, turns
from production.services.asking import Asked
from production.services.elements import Body, Made
from production.services.wishes import Wishes
from production.services.working import OPEN, Work, perform
from production.stores import content, midi

TASK = "production.recommend"
OLD_TASK = "production.generate_harmony"
"""What harmonies were asked for by, before there were other recommendations."""
TASKS = (TASK, OLD_TASK)
PROPOSAL_DAYS_MAX = 30
LIKENESS_KEPT_MAX = 12


def recommend(asked: Asked, *, actor_id: UUID, element_id: UUID | None = None, token: str = "") -> UUID:
    """Ask for proposals made of an element, or of the progression in `asked.given`; the answer is the job.

    The same `token` again answers the first job.

    Raises
    ------
    UnknownElementError, NotAMelodyError
        If there is no such element, or it is of a kind that the capability cannot take.
    NoLicenceError
        If the actor neither owns it nor holds a licence that allows building on it.
    UnknownProcessError, BadParameterError
        If there is no such capability, or something that was set does not fit.
    TooManyAtOnceError
        If the party has as many requests open as one may.
    """
    asked = asking.checked(asked, from_element=element_id is not None)
    arguments = asked.as_arguments()
    if element_id is not None:
        version = _usable(element_id, actor_id)
        elements.check_may_derive(actor_id, element_id)
        arguments |= {"element_id": str(element_id), "input_hash": version.content_hash}
    turns.check_open(TASK, actor_id, most=limits.GENERATE_OPEN_MAX)
    key = f"recommend:{actor_id}:{asking.digest(token)}" if token else f"recommend:{uuid7()}"
    return jobs.request(task=TASK, arguments=arguments, actor_id=actor_id, key=key)


def recommend_harmonisations(*, element_id: UUID, actor_id: UUID, seed: int = 0, variants: int = 3) -> UUID:
    """Ask for `variants` harmonisations of a melody; the answer is the job.

    Raises
    ------
    ProductionError
        As `recommend`.
    """
    asked = Asked(capability="chorale", seed=seed, count=variants)
    return recommend(asked, actor_id=actor_id, element_id=element_id)


def run(job_id: UUID) -> bool:
    """Do what a job asks for; False, without work, while another request of the same party is at work."""
    job = ledger.job(job_id)
    if job is None or job.state != OPEN:
        return True
    with turns.turn(TASK, job.actor_id) as mine:
        if mine:
            perform(job_id, _recommend, clean_up=lambda work, code, words: None)
    return mine


def keep(*, job_id: UUID, variant: int, title: str, actor_id: UUID) -> Made:
    """Make an element of one proposal; asking again answers the same element.

    Raises
    ------
    UnknownProposalError
        If this party's job made no such variant.
    NoLicenceError
        If the licence for the input has ended since.
    """
    with transaction.atomic():
        proposal = _proposal(job_id, variant, actor_id)
        inputs = (proposal.input_id,) if proposal.input_id else ()
        made = elements.create_element(
            actor_id=actor_id,
            wishes=_wishes(proposal, title, _parents(inputs, actor_id)),
            body=Body(
                data=content.get(proposal.content_hash, verify=True), examined=Examined.from_json(proposal.examined)
            ),
            element_id=proposal.id,
            key=f"proposal:{proposal.id}",
            facts=lambda element_id, content_hash: (_generated(proposal, element_id, inputs),),
        )
        role = asking.role_of(asking.capability(proposal.capability))
        modelling.share_out(
            element_id=made.element_id, keeper_id=actor_id, role=role, key=f"proposal:{proposal.id}:split"
        )
        return made


def discard(*, job_id: UUID, variant: int, actor_id: UUID) -> None:
    """Forget a proposal: the same call makes it again. What was kept of it stays.

    Raises
    ------
    UnknownProposalError
        If this party's job made no such variant.
    """
    with transaction.atomic():
        _proposal(job_id, variant, actor_id).delete()


def sweep(*, now: dt.datetime | None = None) -> int:
    """Forget proposals that nobody kept for a month; their blobs follow with the orphans."""
    before = (now or timezone.now()) - dt.timedelta(days=PROPOSAL_DAYS_MAX)
    count, _ = Proposal.objects.filter(created_at__lt=before).delete()
    return count


# ------------------------------------------------------------------------------------------------------ the work
def _recommend(work: Work) -> None:
    asked = Asked.from_arguments(work.arguments)
    source = _source(work)
    work.step(0.03, "Reading it")
    drawing = _Drawing(work, asked)
    run_apart(
        "recommend",
        source,
        arguments={**asked.call(), "listen": True},
        bounds=GENERATING,
        is_cancelled=work.is_over,
        on_progress=lambda fraction, words: progress.tell(work.job_id, 0.03 + 0.88 * fraction, words),
        on_part=drawing.take,
    )
    ranking = beside.ranked(work, asked, source)
    with transaction.atomic():
        work.hold()
        work.finish(
            {
                "input": work.arguments.get("element_id"),
                "capability": asked.capability,
                **drawing.named,
                "variants": _variants(work.job_id, ranking),
                **({"beside": {"event": ranking.event, "known": list(ranking.known)}} if ranking.event else {}),
            }
        )


def _variants(job_id: UUID, ranking: beside.Ranking) -> list[dict[str, Any]]:
    made = Proposal.objects.filter(job_id=job_id).order_by("variant")
    return [
        {"variant": one.variant, "content_hash": one.content_hash}
        | ({"fit_milli": ranking.drawn[one.variant]} if one.variant in ranking.drawn else {})
        for one in made
    ]


def _source(work: Work) -> bytes:
    if "element_id" not in work.arguments:
        return str(work.arguments["given"]).encode()
    element_id, content_hash = UUID(str(work.arguments["element_id"])), str(work.arguments["input_hash"])
    if not may_have(work.actor_id, element_id, content_hash):
        raise NoLicenceError
    return content.get(content_hash, verify=True)


@dataclass(slots=True)
class _Drawing:
    """Keeps every proposal the moment it comes: first its notes, then its sound."""

    work: Work
    asked: Asked
    call: Mapping[str, Any] | None = None

    @property
    def named(self) -> dict[str, str]:
        """The model that drew, as the job's result says it."""
        return {name: self.call[name] for name in ("model", "weights_hash")} if self.call else {}

    def take(self, part: Part) -> None:
        """One part of the child's answer."""
        with sweeping.kept_or_swept() as hashes, transaction.atomic():
            locks.hold_store_shared()
            if "call" in part.values:
                self._keep(part, hashes)
            else:
                self._hear(part, hashes)
        place = int(part.values["variant"]) + 1
        progress.tell(self.work.job_id, 0.03 + 0.88 * place / (self.asked.count + 1), f"Proposal {place} is here")

    def _keep(self, part: Part, hashes: list[str]) -> None:
        said = part.values
        if self.call is None:
            self.call = said["call"]
            modelling.register(self.work.actor_id, self.call)
        examined = Examined.from_json(said["examined"])
        kept = {
            "content_hash": content.put(part.files[f"{said['variant']}.mid"]),
            "roll_hash": content.put(pictures.drawn(examined)["roll"][0]),
        }
        hashes.extend(kept.values())
        Proposal.objects.update_or_create(
            job_id=self.work.job_id,
            variant=said["variant"],
            defaults={
                "owner_id": self.work.actor_id,
                "capability": self.asked.capability,
                "input_id": self.work.arguments.get("element_id"),
                "input_hash": self.work.arguments.get("input_hash") or asking.digest(self.asked.given),
                "model": self.call["model"],
                "weights_hash": self.call["weights_hash"],
                "seed": self.asked.seed,
                "parameters": self.asked.parameters(),
                "runtime": self.call["runtime"],
                "examined": examined.as_json(),
                "chords": said["chords"],
                "remarks": said["remarks"],
                **kept,
            },
        )

    def _hear(self, part: Part, hashes: list[str]) -> None:
        variant = part.values["variant"]
        preview_hash = content.put(part.files[f"{variant}.ogg"])
        hashes.append(preview_hash)
        proposal = Proposal.objects.get(job_id=self.work.job_id, variant=variant)
        proposal.preview_hash, proposal.likeness = preview_hash, _likeness(proposal)
        proposal.save(update_fields=["preview_hash", "likeness"])


def _likeness(proposal: Proposal) -> list[dict[str, Any]]:
    """Where its passages stand elsewhere; what it was made from is excused."""
    from production.selectors.likeness import likeness_of  # late: selectors import services

    examined = Examined.from_json(proposal.examined)
    found = likeness_of(
        examined.roll or {"notes": []},
        motifs=examined.motifs,
        tempo_bpm=examined.facts.get("tempo_bpm"),
        creator_id=proposal.owner_id,
        declared=[proposal.input_id] if proposal.input_id else [],
    )
    return [
        {**asdict(one), "element_id": str(one.element_id) if one.element_id else None}
        for one in found[:LIKENESS_KEPT_MAX]
    ]


# ---------------------------------------------------------------------------------------------------- what is kept
def _proposal(job_id: UUID, variant: int, actor_id: UUID) -> Proposal:
    found = (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("input")
        .filter(job_id=job_id, variant=variant, owner_id=actor_id)
        .first()
    )
    if found is None:
        raise UnknownProposalError
    return found


def _parents(inputs: tuple[UUID, ...], actor_id: UUID) -> tuple[Parent, ...]:
    rights = [elements.check_may_derive(actor_id, one) for one in inputs]
    if not inputs:
        return ()
    shares = [
        max(share, right.upstream_ppm_min)
        for share, right in zip(allocate(settings.GENERATION_UPSTREAM_PPM, [1] * len(inputs)), rights, strict=True)
    ]
    return tuple(Parent(element_id=one, upstream_ppm=share) for one, share in zip(inputs, shares, strict=True))


def _wishes(proposal: Proposal, title: str, parents: tuple[Parent, ...]) -> Wishes:
    """What it is called until its maker says otherwise; who chose it is credited as what the capability says."""
    found = asking.capability(proposal.capability)
    source = proposal.input.title if proposal.input else str(proposal.parameters.get("given", found.title))
    return Wishes(
        title=title.strip() or f"{source}, {found.ending}"[: limits.TITLE_CHARACTERS_MAX],
        tags=(found.name, "generated"),
        contributors=(Contribution(party_id=proposal.owner_id, role=asking.role_of(found)),),
        parents=parents,
    )


def _generated(proposal: Proposal, element_id: UUID, inputs: tuple[UUID, ...]) -> Event:
    return ElementGenerated(
        element_id=element_id,
        job_id=proposal.job_id,
        model=proposal.model,
        weights_hash=proposal.weights_hash,
        seed=proposal.seed,
        parameters={**proposal.parameters, "input_hash": proposal.input_hash, "variant": proposal.variant},
        runtime=proposal.runtime,
        inputs=inputs,
        content_hash=proposal.content_hash,
    )


def _usable(element_id: UUID, actor_id: UUID) -> Version:
    """The newest version with notes that the actor may have."""
    versions = list(Version.objects.select_related("element").filter(element_id=element_id).order_by("-number"))
    if not versions:
        raise UnknownElementError
    if versions[0].element.kind not in midi.STORE.kinds:
        raise NotAMelodyError
    for version in versions:
        if may_have(actor_id, element_id, version.content_hash):
            return version
    raise NoLicenceError
