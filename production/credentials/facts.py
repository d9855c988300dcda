"""What a manifest says of a version: taken from the ledger's facts, in plain values with a hash of their own.

No names of people: a file that is handed out cannot be called back, and people may ask to be forgotten. Parties are
found on the element's page, whose address is in the manifest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypedDict
from uuid import UUID

from django.conf import settings

from ledger import selectors as ledger
from production.credentials.authorship import Authorship, authorship
from production.media import of_type
from production.models import Element, Version

FORM = 2
"""Counts on when the same facts would be written in another way: files are then marked anew."""
INGREDIENTS_MAX = 32
STEPS_MAX = 24
UPLOAD = "upload"
"""The label of the ingredient that is the file as it was uploaded, with the manifest it carried."""
CREATION: dict[Authorship, str] = {
    "human": "digitalCreation",
    "assisted": "compositeWithTrainedAlgorithmicMedia",
    "generated": "trainedAlgorithmicMedia",
}


class Ingredient(TypedDict):
    """What something was made of; `label` is how steps name it."""

    label: str
    relationship: str
    title: str
    format: str
    element_id: str
    content_hash: str


class Step(TypedDict):
    """One action: C2PA's name of it, when, by which model or process, out of which ingredients."""

    action: str
    when: str
    source_type: str
    agent: str
    agent_version: str
    ingredients: list[str]


class Facts(TypedDict):
    """Everything that decides what a manifest says."""

    form: int
    element_id: str
    version: int
    title: str
    kind: str
    media_type: str
    content_hash: str
    authorship: Authorship
    generation: dict[str, str]
    carries_manifest: bool
    steps: list[Step]
    ingredients: list[Ingredient]
    page: str


def facts_of(version: Version, *, content_hash: str, media_type: str) -> Facts:
    """The facts of a version in the form with these bytes: its own, or what it was converted to."""
    element = version.element
    author = authorship(element.id, version.content_hash)
    generation = ledger.generation(element.id)
    steps, ingredients = _story(version, author, generation)
    if content_hash != version.content_hash:
        steps.append(_step("c2pa.converted"))
    return Facts(
        form=FORM,
        element_id=str(element.id),
        version=version.number,
        title=element.title,
        kind=element.kind,
        media_type=media_type,
        content_hash=content_hash,
        authorship=author,
        generation=_call(generation) if generation else {},
        carries_manifest=_carries(version) and content_hash == version.content_hash,
        steps=steps,
        ingredients=ingredients,
        page=f"{settings.SITE_URL}/elements/{element.id}/",
    )


def digest(facts: Facts) -> str:
    """SHA-256 of the facts."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


# ------------------------------------------------------------------------------------------------------- the story
def _story(
    version: Version, author: Authorship, generation: ledger.Generation | None
) -> tuple[list[Step], list[Ingredient]]:
    """How the version came to be, oldest first. C2PA wants creation or opening first, and one parent at most."""
    versions = [one for one in ledger.versions_of(version.element_id) if one.version <= version.number]
    processes = ledger.processings(version.element_id)
    ingredients = _Ingredients(version.element)
    steps: list[Step] = []
    for one in versions[:1] + versions[1:][-STEPS_MAX:]:
        processing, when = processes.get(one.version), one.at.isoformat()
        if not steps:
            steps = _first(ingredients, version, author, generation, processing, when)
        elif processing is not None:
            labels = [ingredients.add("inputTo", *_input(said)) for said in processing.inputs[1:]]
            steps.append(_processed(processing, when, author, labels))
        else:
            steps.append(_step("c2pa.edited", when=when, source_type=_edit(author)))
    return steps, ingredients.found


def _first(
    ingredients: _Ingredients,
    version: Version,
    author: Authorship,
    generation: ledger.Generation | None,
    processing: ledger.Processing | None,
    when: str,
) -> list[Step]:
    """Creation by a model or by people, or the opening of what it was made out of, and what was done to that."""
    if generation is not None:
        agent = {"agent": generation.model, "agent_version": generation.weights_hash}
        if generation.parameters.get("kept") == "sound":
            return _worked_on(ingredients, author, generation, agent, when)
        labels = [ingredients.add("inputTo", UUID(one)) for one in generation.inputs]
        made = CREATION["generated"]
        return [_step("c2pa.created", when=when, source_type=made, ingredients=labels, **agent)]
    if _carries(version):
        return [_step("c2pa.opened", when=when, ingredients=[UPLOAD])]
    if processing is not None:
        worked_on, *others = [_input(said) for said in processing.inputs]
        parent = ingredients.add("parentOf", *worked_on)
        labels = [ingredients.add("inputTo", *one) for one in others]
        return [_step("c2pa.opened", when=when, ingredients=[parent]), _processed(processing, when, author, labels)]
    created = _step("c2pa.created", when=when, source_type=CREATION[author])
    placed = [ingredients.add("componentOf", edge.parent_id) for edge in ledger.parents_of(version.element_id)]
    return [created, _step("c2pa.placed", when=when, ingredients=placed)] if placed else [created]


def _worked_on(
    ingredients: _Ingredients, author: Authorship, generation: ledger.Generation, agent: dict[str, str], when: str
) -> list[Step]:
    """A model mixed or mastered recordings: it opened one, or put several together; it did not play them."""
    said = generation.parameters["inputs"]
    sounds = [_input(one) for one in said if one["part"] == "sound"]
    relationship = "parentOf" if len(sounds) == 1 else "componentOf"
    worked_on = [ingredients.add(relationship, *one) for one in sounds]
    heard = [ingredients.add("inputTo", *_input(one)) for one in said if one["part"] != "sound"]
    made = CREATION[author]
    if len(sounds) == 1:
        opened = _step("c2pa.opened", when=when, ingredients=worked_on)
        return [opened, _step("c2pa.edited", when=when, source_type=made, ingredients=heard, **agent)]
    created = _step("c2pa.created", when=when, source_type=made, ingredients=heard, **agent)
    return [created, _step("c2pa.placed", when=when, ingredients=worked_on)]


def _processed(processing: ledger.Processing, when: str, author: Authorship, labels: list[str]) -> Step:
    """A process with networks in it has enhanced what people made; of what a model made it stays a composite."""
    learned = "algorithmicallyEnhanced" if processing.weights else ""
    return _step(
        "c2pa.edited",
        when=when,
        source_type=learned if author == "human" else CREATION[author],
        agent=processing.process,
        agent_version=", ".join(f"{name} {value}" for name, value in sorted(processing.weights.items()))[:200],
        ingredients=labels,
    )


def _edit(author: Authorship) -> str:
    return "" if author == "human" else CREATION["assisted"]


def _step(
    action: str,
    *,
    when: str = "",
    source_type: str = "",
    agent: str = "",
    agent_version: str = "",
    ingredients: list[str] | None = None,
) -> Step:
    return Step(
        action=action,
        when=when,
        source_type=source_type,
        agent=agent,
        agent_version=agent_version,
        ingredients=[label for label in ingredients or () if label],
    )


class _Ingredients:
    """Collects what the version was made of, each once; an element is no ingredient of itself."""

    def __init__(self, element: Element) -> None:
        self._own, self.found = element.id, list[Ingredient]()

    def add(self, relationship: str, element_id: UUID, content_hash: str = "") -> str:
        """The ingredient's label; empty where there is none to be added."""
        if element_id == self._own or len(self.found) >= INGREDIENTS_MAX:
            return ""
        for one in self.found:
            if one["element_id"] == str(element_id):
                return one["label"]
        version = _version(element_id, content_hash)
        label = f"made-of-{len(self.found) + 1}"
        self.found.append(
            Ingredient(
                label=label,
                relationship=relationship,
                title=version.element.title if version else "an element",
                format=version.media_type if version else "",
                element_id=str(element_id),
                content_hash=version.content_hash if version else content_hash,
            )
        )
        return label


def _version(element_id: UUID, content_hash: str) -> Version | None:
    rows = Version.objects.select_related("element").filter(element_id=element_id).order_by("number")
    return (rows.filter(content_hash=content_hash) if content_hash else rows).last()


def _input(said: Mapping[str, str]) -> tuple[UUID, str]:
    return UUID(said["element_id"]), said["content_hash"]


def _carries(version: Version) -> bool:
    """Whether the file came in with a manifest of its own."""
    return bool(version.description.get("credentials")) and of_type(version.media_type).name in ("wav", "flac", "mp3")


def _call(generation: ledger.Generation) -> dict[str, str]:
    """The model's call, as text: numbers larger than 2^53 must survive every reader."""
    said: dict[str, Any] = {"model": generation.model, "weights": generation.weights_hash, "seed": generation.seed}
    return {name: str(value) for name, value in said.items()} | {
        "capability": str(generation.parameters.get("capability", ""))
    }
