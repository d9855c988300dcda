"""Proposals become elements: what is derived from what, who is credited as what, and which fact the ledger gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from ledger.domain.events import Contribution, ElementGenerated, ElementProcessed, Event, Parent, ProcessInput
from ledger.domain.settlement import allocate
from production import limits
from production.errors import NotLookedAtError
from production.models import Element, Proposal, Version
from production.parsing.apart import run_apart
from production.parsing.report import Examined
from production.services import asking, elements, modelling
from production.services.elements import Body, Made
from production.services.sounds import Input
from production.services.wishes import Wishes
from production.stores import content

SETTING, SOUND = "setting", "sound"


def keep_notes(proposal: Proposal, title: str) -> Made:
    """Make an element of notes that were proposed; errors as `generation.keep`."""
    inputs = (proposal.input_id,) if proposal.input_id else ()
    return elements.create_element(
        actor_id=proposal.owner_id,
        wishes=_wishes(proposal, title, inputs),
        body=Body(data=content.get(proposal.content_hash, verify=True), examined=Examined.from_json(proposal.examined)),
        element_id=proposal.id,
        key=f"proposal:{proposal.id}",
        facts=lambda element_id, content_hash: (_generated(proposal, element_id, inputs, content_hash),),
    )


def keep_sound(proposal: Proposal, title: str, *, with_setting: bool) -> Made:
    """Make an element of a recording that was proposed, and one of the setting that made it.

    What a model proposed and nobody changed is one generation for both. Where a person changed the setting, its first
    version is what the model proposed and its next what the person made of it; the recording is then a process over
    both: the recordings through that setting.
    """
    if not proposal.examined:
        raise NotLookedAtError
    if made := _kept_before(proposal):
        return made
    by_hand = "base" in proposal.parameters
    is_mix = asking.of_sound(proposal.capability).setting_form == "mix"
    setting = None
    if by_hand:
        setting = _changed_setting(proposal, title)
    elif with_setting or is_mix:
        setting = _generated_setting(proposal, title, proposal.setting_hash)
    body = Body(data=content.get(proposal.content_hash, verify=True), examined=Examined.from_json(proposal.examined))
    sounds = _sounds(proposal)
    return elements.create_element(
        actor_id=proposal.owner_id,
        wishes=_wishes(proposal, title, sounds, kind="wave"),
        body=body,
        element_id=proposal.id,
        key=f"proposal:{proposal.id}",
        facts=lambda element_id, content_hash: (
            (_played(proposal, element_id, content_hash, setting),)
            if by_hand and setting
            else (_generated_sound(proposal, element_id, content_hash, SOUND),)
        ),
    )


def share_out(proposal: Proposal, made: Made) -> None:
    """Where the model that made what was kept has a share, it stands in the first split of each of these elements."""
    role = asking.role_of(asking.capability(proposal.capability))
    for element_id in (made.element_id, setting_id_of(proposal.id)):
        if element_id == made.element_id or Element.objects.filter(pk=element_id).exists():
            modelling.share_out(
                element_id=element_id,
                keeper_id=proposal.owner_id,
                role=role,
                key=f"proposal:{element_id}:split",
            )


def setting_id_of(proposal_id: UUID) -> UUID:
    """Under which id the setting of a proposal is kept."""
    return UUID(int=proposal_id.int ^ 1)


# -------------------------------------------------------------------------------------------------------- settings
def _generated_setting(proposal: Proposal, title: str, setting_hash: str) -> Made:
    """The setting as the model proposed it."""
    return elements.create_element(
        actor_id=proposal.owner_id,
        wishes=_wishes(proposal, title, _sounds(proposal), kind="mix_setting", ending="setting"),
        body=_setting_body(setting_hash),
        element_id=setting_id_of(proposal.id),
        key=f"setting:{proposal.id}",
        facts=lambda element_id, content_hash: (_generated_sound(proposal, element_id, content_hash, SETTING),),
    )


def _changed_setting(proposal: Proposal, title: str) -> Made:
    """The setting as a person left it: a version of the element that holds what was proposed."""
    base = proposal.parameters["base"]
    before = _opened(proposal, base) or _generated_setting(proposal, title, proposal.base_hash)
    if before.content_hash == proposal.setting_hash:
        return before
    return elements.add_version(
        actor_id=proposal.owner_id,
        element_id=before.element_id,
        body=_setting_body(proposal.setting_hash),
        contributors=(_credit(proposal),),
        key=f"setting:{proposal.id}:changed",
    )


def _opened(proposal: Proposal, base: Mapping[str, Any]) -> Made | None:
    """The kept setting that was opened again, if it is the party's own."""
    if "setting_id" not in base:
        return None
    element_id = UUID(base["setting_id"])
    if not Element.objects.filter(id=element_id, creator_id=proposal.owner_id).exists():
        return None
    newest = Version.objects.filter(element_id=element_id).latest("number")
    return Made(element_id=element_id, version_id=newest.id, number=newest.number, content_hash=newest.content_hash)


def _setting_body(setting_hash: str) -> Body:
    data = content.get(setting_hash, verify=True)
    return Body(data=data, examined=Examined.from_json(run_apart("examine", data).values))


# ----------------------------------------------------------------------------------------------------------- facts
def _generated(proposal: Proposal, element_id: UUID, inputs: Sequence[UUID], content_hash: str) -> Event:
    return ElementGenerated(
        element_id=element_id,
        job_id=proposal.job_id,
        model=proposal.model,
        weights_hash=proposal.weights_hash,
        seed=proposal.seed,
        parameters={**proposal.parameters, "input_hash": proposal.input_hash, "variant": proposal.variant},
        runtime=proposal.runtime,
        inputs=tuple(inputs),
        content_hash=content_hash,
    )


def _generated_sound(proposal: Proposal, element_id: UUID, content_hash: str, kept: str) -> Event:
    """One call of the model; `kept` says whether the recording or its setting is what this element holds."""
    said = dict(proposal.parameters)
    base = said.pop("base", {})
    parameters = {
        **said,
        "count": base.get("count", said["count"]),
        "variant": base.get("variant", proposal.variant),
        "inputs": proposal.inputs,
        "kept": kept,
    }
    return ElementGenerated(
        element_id=element_id,
        job_id=UUID(base["job_id"]) if base else proposal.job_id,
        model=proposal.model,
        weights_hash=proposal.weights_hash,
        seed=proposal.seed,
        parameters=parameters,
        runtime=proposal.runtime,
        inputs=tuple(dict.fromkeys(one.element_id for one in _inputs(proposal))),
        content_hash=content_hash,
    )


def _played(proposal: Proposal, element_id: UUID, content_hash: str, setting: Made) -> Event:
    """The recordings through a setting that a person changed: no model had a part in it."""
    inputs = [one for one in _inputs(proposal) if one.part == "sound"]
    return ElementProcessed(
        element_id=element_id,
        version=1,
        content_hash=content_hash,
        job_id=proposal.job_id,
        process=f"{proposal.capability}.played",
        parameters={},
        inputs=(
            *(ProcessInput(element_id=one.element_id, content_hash=one.content_hash) for one in inputs),
            ProcessInput(element_id=setting.element_id, content_hash=setting.content_hash),
        ),
        weights={},
        runtime=proposal.runtime,
    )


# ------------------------------------------------------------------------------------------------------ what it is
def _inputs(proposal: Proposal) -> list[Input]:
    return [Input.from_json(one) for one in proposal.inputs]


def _sounds(proposal: Proposal) -> tuple[UUID, ...]:
    """The recordings that sound in it; references were only listened to, so nothing is derived from them."""
    return tuple(one.element_id for one in _inputs(proposal) if one.part == "sound")


def _parents(inputs: Sequence[UUID], actor_id: UUID) -> tuple[Parent, ...]:
    rights = [elements.check_may_derive(actor_id, one) for one in inputs]
    if not inputs:
        return ()
    shares = [
        max(share, right.upstream_ppm_min)
        for share, right in zip(allocate(settings.GENERATION_UPSTREAM_PPM, [1] * len(inputs)), rights, strict=True)
    ]
    return tuple(Parent(element_id=one, upstream_ppm=share) for one, share in zip(inputs, shares, strict=True))


def _credit(proposal: Proposal) -> Contribution:
    return Contribution(party_id=proposal.owner_id, role=asking.role_of(asking.capability(proposal.capability)))


def _wishes(
    proposal: Proposal, title: str, inputs: Sequence[UUID], *, kind: str | None = None, ending: str = ""
) -> Wishes:
    """What it is called until its maker says otherwise; who chose it is credited as what the capability says."""
    found = asking.capability(proposal.capability)
    source = proposal.input.title if proposal.input else str(proposal.parameters.get("given", found.title))
    words = title.strip() or f"{source}, {found.ending}"
    return Wishes(
        title=f"{words[: limits.TITLE_CHARACTERS_MAX - len(ending) - 2]}, {ending}"
        if ending
        else words[: limits.TITLE_CHARACTERS_MAX],
        kind=kind,
        tags=(found.name, "generated") if kind is None else (found.name,),
        contributors=(_credit(proposal),),
        parents=_parents(inputs, proposal.owner_id),
    )


def _kept_before(proposal: Proposal) -> Made | None:
    version = Version.objects.filter(element_id=proposal.id, number=1).first()
    if version is None:
        return None
    return Made(element_id=proposal.id, version_id=version.id, number=1, content_hash=version.content_hash)
