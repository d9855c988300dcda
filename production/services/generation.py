"""Recommended harmonisations: asked for, proposed by the model in a process of its own, kept as elements, replayable.

What is kept is a derivation of its declared inputs: the published policy passes 300,000 ppm of its income to them, or
more where the terms of an input's licence ask for more.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ledger import selectors as ledger
from ledger.domain.errors import KeyReusedError
from ledger.domain.events import ElementGenerated, Event, ModelRegistered, Parent
from ledger.domain.ids import uuid7
from ledger.domain.settlement import allocate
from ledger.services import append, jobs, recorded
from production import limits
from production.errors import (
    MissingContentError,
    NoLicenceError,
    NotAMelodyError,
    NotAnElementError,
    UnknownElementError,
    UnknownProposalError,
)
from production.models import Proposal, Version
from production.parsing.apart import GENERATING, Answer, run_apart
from production.parsing.report import Examined
from production.permissions import may_have
from production.services import elements, locks, pictures, sweeping
from production.services.elements import Body, Made
from production.services.wishes import Wishes
from production.services.working import Work, perform
from production.stores import content, midi

SEED_MAX = 2**53 - 1
PROPOSAL_DAYS_MAX = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A generation run again: the same bytes, or not."""

    element_id: UUID
    model: str
    seed: int
    expected_hash: str
    replayed_hash: str
    runtime_then: dict[str, Any]
    runtime_now: dict[str, Any]

    @property
    def same(self) -> bool:
        """Whether not one byte differs."""
        return self.expected_hash == self.replayed_hash


def recommend_harmonisations(*, element_id: UUID, actor_id: UUID, seed: int = 0, variants: int = 3) -> UUID:
    """Ask for `variants` harmonisations of a melody; the answer is the job.

    Raises
    ------
    UnknownElementError, NotAMelodyError
        If there is no such element, or it has no notes.
    NoLicenceError
        If the actor neither owns it nor holds a licence that allows building on it.
    NotAnElementError
        If seed or variants are out of range.
    """
    if not 0 <= seed <= SEED_MAX or not 1 <= variants <= limits.GENERATE_VARIANTS_MAX:
        raise NotAnElementError(
            f"A seed is 0 to {SEED_MAX}, and there are 1 to {limits.GENERATE_VARIANTS_MAX} variants."
        )
    version = _usable(element_id, actor_id)
    elements.check_may_derive(actor_id, element_id)
    return jobs.request(
        task="production.generate_harmony",
        arguments={
            "element_id": str(element_id),
            "input_hash": version.content_hash,
            "seed": seed,
            "variants": variants,
        },
        actor_id=actor_id,
        key=f"harmony:{uuid7()}",
    )


def run(job_id: UUID) -> None:
    """Do the generation that a job asks for."""
    perform(job_id, _generate, clean_up=lambda work, code, words: None)


def keep_harmonisation(*, job_id: UUID, variant: int, title: str, actor_id: UUID) -> Made:
    """Make an element of one proposal; asking again answers the same element.

    Raises
    ------
    UnknownProposalError
        If this party's job made no such variant.
    NoLicenceError
        If the licence for the input has ended since.
    """
    with transaction.atomic():
        proposal = (
            Proposal.objects.select_for_update(of=("self",))
            .select_related("input")
            .filter(job_id=job_id, variant=variant, owner_id=actor_id)
            .first()
        )
        if proposal is None:
            raise UnknownProposalError
        inputs = (proposal.input_id,)
        rights = [elements.check_may_derive(actor_id, one) for one in inputs]
        shares = [
            max(share, right.upstream_ppm_min)
            for share, right in zip(allocate(settings.GENERATION_UPSTREAM_PPM, [1] * len(inputs)), rights, strict=True)
        ]
        wishes = Wishes(
            title=title.strip() or f"{proposal.input.title}, harmonised"[: limits.TITLE_CHARACTERS_MAX],
            kind="midi",
            tags=("harmonisation", "generated"),
            parents=tuple(Parent(element_id=i, upstream_ppm=share) for i, share in zip(inputs, shares, strict=True)),
        )

        def facts(element_id: UUID, content_hash: str) -> tuple[Event, ...]:
            return (_generated(proposal, element_id, inputs),)

        body = Body(
            data=content.get(proposal.content_hash, verify=True), examined=Examined.from_json(proposal.examined)
        )
        return elements.create_element(
            actor_id=actor_id,
            wishes=wishes,
            body=body,
            element_id=proposal.id,
            key=f"proposal:{proposal.id}",
            facts=facts,
        )


def replay(element_id: UUID) -> Replay:
    """Run a generated element's call again and compare the bytes.

    Raises
    ------
    UnknownElementError
        If the element was not generated.
    MissingContentError
        If the input's bytes are gone.
    """
    called = ledger.generation(element_id)
    if called is None:
        raise UnknownElementError("This element was not made by a model.")
    source = content.get(str(called.parameters["input_hash"]), verify=True)
    variant = int(called.parameters["variant"])
    answer = _call(source, seed=called.seed, variants=variant + 1)
    if answer.values["weights_hash"] != called.weights_hash:
        raise MissingContentError("The model's weights of that time are not installed here.")
    return Replay(
        element_id=element_id,
        model=called.model,
        seed=called.seed,
        expected_hash=called.content_hash,
        replayed_hash=hashlib.sha256(answer.files[f"{variant}.mid"]).hexdigest(),
        runtime_then=dict(called.runtime),
        runtime_now=answer.values["runtime"],
    )


def sweep(*, now: dt.datetime | None = None) -> int:
    """Forget proposals that nobody kept for a month; their blobs follow with the orphans."""
    before = (now or timezone.now()) - dt.timedelta(days=PROPOSAL_DAYS_MAX)
    count, _ = Proposal.objects.filter(created_at__lt=before).delete()
    return count


def _generate(work: Work) -> None:
    element_id = UUID(str(work.arguments["element_id"]))
    if not may_have(work.actor_id, element_id, str(work.arguments["input_hash"])):
        raise NoLicenceError
    work.step(0.1, "Writing voices under the melody")
    source = content.get(str(work.arguments["input_hash"]), verify=True)
    seed, variants = int(work.arguments["seed"]), int(work.arguments["variants"])
    answer = _call(source, seed=seed, variants=variants, work=work, listen=True)
    work.step(0.9, "Keeping the proposals")
    with sweeping.kept_or_swept() as hashes, transaction.atomic():
        work.hold()
        locks.hold_store_shared()
        made = [_keep(work, element_id, answer, variant, hashes) for variant in range(variants)]
        _register_model(work.actor_id, answer)
        work.finish(
            {
                "input": str(element_id),
                "model": answer.values["model"],
                "weights_hash": answer.values["weights_hash"],
                "variants": [{"variant": p.variant, "content_hash": p.content_hash} for p in made],
            }
        )


def _call(source: bytes, *, seed: int, variants: int, work: Work | None = None, listen: bool = False) -> Answer:
    return run_apart(
        "harmonise",
        source,
        arguments={"seed": seed, "variants": variants, "listen": listen},
        bounds=GENERATING,
        is_cancelled=work.is_over if work else lambda: False,
    )


def _keep(work: Work, element_id: UUID, answer: Answer, variant: int, hashes: list[str]) -> Proposal:
    examined = Examined.from_json(answer.values["examined"][variant])
    blobs = {
        "content_hash": answer.files[f"{variant}.mid"],
        "preview_hash": answer.files[f"{variant}.ogg"],
        "roll_hash": pictures.drawn(examined)["roll"][0],
    }
    kept = {name: content.put(data) for name, data in blobs.items()}
    hashes.extend(kept.values())
    return Proposal.objects.create(
        job_id=work.job_id,
        variant=variant,
        owner_id=work.actor_id,
        input_id=element_id,
        input_hash=work.arguments["input_hash"],
        model=answer.values["model"],
        weights_hash=answer.values["weights_hash"],
        seed=work.arguments["seed"],
        parameters=answer.values["parameters"],
        runtime=answer.values["runtime"],
        examined=examined.as_json(),
        **kept,
    )


def _generated(proposal: Proposal, element_id: UUID, inputs: tuple[UUID, ...]) -> ElementGenerated:
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


def _register_model(actor_id: UUID, answer: Answer) -> None:
    """Say once that these weights are in use, and which card speaks for them."""
    weights_hash = answer.values["weights_hash"]
    key = f"model:{weights_hash}"
    registered = ModelRegistered(
        model=answer.values["model"], weights_hash=weights_hash, card_hash=answer.values["card_hash"]
    )
    if not recorded(key):
        with contextlib.suppress(KeyReusedError):  # somebody else said it in this very moment
            append(registered, actor_id=actor_id, key=key)


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
