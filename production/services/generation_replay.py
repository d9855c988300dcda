"""Generations run again: what the ledger holds of a call is enough to make the same bytes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ledger import selectors as ledger
from production.errors import MissingContentError, UnknownElementError
from production.parsing.apart import GENERATING, PROCESSING, Answer, run_apart
from production.services import sounds
from production.services.sounds import Input
from production.stores import content

SAME_DB = -80.0
"""Sums of floats come out in another order on another machine: that is far below what anybody hears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A generation run again: the same bytes, or not.

    residual_db : of sound whose bytes differ, what is left when one is taken from the other, against its mean power
    """

    element_id: UUID
    model: str
    seed: int
    expected_hash: str
    replayed_hash: str
    runtime_then: dict[str, Any]
    runtime_now: dict[str, Any]
    residual_db: float | None = None

    @property
    def same(self) -> bool:
        """Whether not one byte differs; of sound, whether what differs lies below -80 dB."""
        if self.expected_hash == self.replayed_hash:
            return True
        return self.residual_db is not None and self.residual_db <= SAME_DB


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
    replayed = answer.files[f"{variant}.{_ending_of(called)}"]
    return Replay(
        element_id=element_id,
        model=called.model,
        seed=called.seed,
        expected_hash=called.content_hash,
        replayed_hash=hashlib.sha256(replayed).hexdigest(),
        runtime_then=dict(called.runtime),
        runtime_now=answer.values["call"]["runtime"],
        residual_db=_residual_db(called, replayed),
    )


def _ending_of(called: ledger.Generation) -> str:
    return {"sound": "flac", "setting": "json"}.get(str(called.parameters.get("kept")), "mid")


def _residual_db(called: ledger.Generation, replayed: bytes) -> float | None:
    """How far a sound is from the kept one; None for all else."""
    if called.parameters.get("kept") != "sound":
        return None
    kept = content.get(called.content_hash, verify=True)
    arguments = {"sizes": [len(kept), len(replayed)]}
    found = run_apart("difference", kept + replayed, arguments=arguments, bounds=PROCESSING).values["residual_db"]
    return None if found is None else float(found)


def _again(called: ledger.Generation, variant: int) -> Answer:
    said = called.parameters
    if "kept" in said:
        return _sound_again(called, variant)
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


def _sound_again(called: ledger.Generation, variant: int) -> Answer:
    said = called.parameters
    inputs = [Input.from_json(one) for one in said["inputs"]]
    # Titles change and are no facts; the names a setting was kept with stand in it.
    names = _names_in(called) if said["kept"] == "setting" else [f"{n}" for n, _ in enumerate(_sounding(inputs), 1)]
    source, arguments = sounds.loaded(inputs, None, names=names)
    call = {
        "capability": said["capability"],
        "seed": called.seed,
        "count": said["count"],
        "values": said["values"],
        "listen": False,
        "only": variant,
    }
    return run_apart("recommend_sound", source, arguments=call | arguments, bounds=PROCESSING)


def _sounding(inputs: list[Input]) -> list[Input]:
    return [one for one in inputs if one.part == "sound"]


def _names_in(called: ledger.Generation) -> list[str]:
    document = json.loads(content.get(called.content_hash, verify=True))
    return sounds.track_names(document) or [str(document.get("name", "")).removesuffix(" (master)")]
