"""Generations run again: what the ledger holds of a call is enough to make the same bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ledger import selectors as ledger
from production.errors import MissingContentError, UnknownElementError
from production.parsing.apart import GENERATING, Answer, run_apart
from production.stores import content


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


def replay(element_id: UUID) -> Replay:
    """Run a generated element's call again and compare the bytes.

    Raises
    ------
    UnknownElementError
        If the element was not generated.
    MissingContentError
        If the input's bytes are gone, or the weights of that time.
    """
    called = ledger.generation(element_id)
    if called is None:
        raise UnknownElementError("This element was not made by a model.")
    variant = int(called.parameters["variant"])
    answer = _again(called, variant)
    if answer.values["call"]["weights_hash"] != called.weights_hash:
        raise MissingContentError("The model's weights of that time are not installed here.")
    return Replay(
        element_id=element_id,
        model=called.model,
        seed=called.seed,
        expected_hash=called.content_hash,
        replayed_hash=hashlib.sha256(answer.files[f"{variant}.mid"]).hexdigest(),
        runtime_then=dict(called.runtime),
        runtime_now=answer.values["call"]["runtime"],
    )


def _again(called: ledger.Generation, variant: int) -> Answer:
    said = called.parameters
    source = str(said["given"]).encode() if "given" in said else content.get(str(said["input_hash"]), verify=True)
    if "capability" not in said:  # a harmonisation of the time before there were other recommendations
        return run_apart(
            "harmonise", source, arguments={"seed": called.seed, "variants": variant + 1}, bounds=GENERATING
        )
    arguments = {
        "capability": said["capability"],
        "seed": called.seed,
        "count": said["count"],
        "values": said["values"],
        "listen": False,
        "only": variant,
    }
    return run_apart("recommend", source, arguments=arguments, bounds=GENERATING)
