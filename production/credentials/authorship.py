"""Who made a version: people, a model, or people with a model's work in their hands.

The answer is found from facts alone: the model's call in the ledger, the inputs of the processes that made versions,
what an element is made from, and what an uploaded file said of itself in content credentials.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from ledger import selectors as ledger
from production.models import Version

Authorship = Literal["human", "assisted", "generated"]

GENERATED_TYPES = frozenset({"trainedAlgorithmicMedia", "algorithmicMedia", "trainedAlgorithmicData"})
ASSISTED_TYPES = frozenset({"compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"})
"""IPTC digital source types that say a model made it, or a part of it."""
_DEPTH_MAX = 64


def authorship(element_id: UUID, content_hash: str | None = None) -> Authorship:
    """Who made the version with these bytes; without a hash, the newest.

    generated : a model made these very bytes, a process made them out of generated ones alone, or the uploaded file
        says so itself
    assisted : people went on from what a model made, or built with it; or a model mixed or mastered what they recorded
    human : everything else
    """
    return _of(element_id, content_hash, {}, 0)


def by_own_word(said: dict[str, object] | None) -> Authorship:
    """What content credentials found in an upload say of who made it."""
    if not said:
        return "human"
    now, before = _types(said, "source_types"), _types(said, "before")
    if now & ASSISTED_TYPES:
        return "assisted"
    if now & GENERATED_TYPES:
        return "generated"
    if before & (GENERATED_TYPES | ASSISTED_TYPES):
        return "assisted" if now else "generated"
    return "human"


def _types(said: dict[str, object], name: str) -> set[str]:
    found = said.get(name)
    return {str(one) for one in found} if isinstance(found, list) else set()


_Known = dict[tuple[UUID, str | None], Authorship]


def _of(element_id: UUID, content_hash: str | None, known: _Known, depth: int) -> Authorship:
    key = (element_id, content_hash)
    if key not in known:
        known[key] = "human"  # for the case of a loop, which only a broken log could hold
        known[key] = _found(element_id, content_hash, known, depth) if depth < _DEPTH_MAX else "human"
    return known[key]


def _found(element_id: UUID, content_hash: str | None, known: _Known, depth: int) -> Authorship:
    versions = list(Version.objects.filter(element_id=element_id).order_by("number"))
    version = next((one for one in reversed(versions) if content_hash in (None, one.content_hash)), None)
    if version is None:
        return "human"
    generation = ledger.generation(element_id)
    if generation is not None:
        if generation.content_hash != version.content_hash:
            return "assisted"
        if generation.parameters.get("kept") != "sound":
            return "generated"
        # A model mixed or mastered recordings: whoever played them made them.
        sounds = [one for one in generation.parameters["inputs"] if one["part"] == "sound"]
        played = _together(_of(UUID(one["element_id"]), one["content_hash"], known, depth + 1) for one in sounds)
        return "generated" if played == "generated" else "assisted"
    own_word = by_own_word(version.description.get("credentials"))
    if own_word != "human":
        return own_word
    processing = ledger.processings(element_id).get(version.number)
    if processing is not None:
        inputs = [(UUID(one["element_id"]), one["content_hash"]) for one in processing.inputs]
        return _together(_of(*one, known, depth + 1) for one in inputs)
    if version.number > 1:
        before = versions[version.number - 2].content_hash
        return "human" if _of(element_id, before, known, depth + 1) == "human" else "assisted"
    parents = [_of(edge.parent_id, None, known, depth + 1) for edge in ledger.parents_of(element_id)]
    return "human" if set(parents) <= {"human"} else "assisted"


def _together(parts: Iterable[Authorship]) -> Authorship:
    """Of something that no person touched but these parts."""
    found = set(parts)
    if found <= {"human"}:
        return "human"
    return "generated" if found == {"generated"} else "assisted"
