"""Proposals by a model, handed over one by one: first what is written, then what is heard of it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import preview
from engine.io import midi_writer, notes
from production import limits
from production.parsing.telling import give, tell

if TYPE_CHECKING:
    from engine.recommend.capability import Declared, Proposal

Outcome = tuple[dict[str, Any], dict[str, bytes]]
_CHORDS_MAX = 512
_REMARKS_MAX = 12
_TELLING_SHARE = 0.9


def recommend(
    data: bytes, *, capability: str, seed: int, count: int, values: Mapping[str, Any], listen: bool, only: int = -1
) -> Outcome:
    """What a capability makes of the notes in `data`: `<variant>.mid`, and with `listen` `<variant>.ogg`.

    With `listen` every proposal is given as a part of its own, first its notes and then its sound. `only` names the one
    variant that is wanted of `count` (a replay), and the work ends with it.
    """
    from engine.recommend import registry

    found = registry.of_notes(capability)
    call = called(found)
    given = notes.read(data)
    made = found.propose(given, seed=seed, count=count, values=found.read(values), tell=_saying)
    files: dict[str, bytes] = {}
    for variant, proposal in enumerate(made):
        written = midi_writer.write(proposal.score)
        if variant == only or only < 0:
            files[f"{variant}.mid"] = written
        if listen:
            _hand_over(variant, proposal, written, call)
        if variant == only:
            break
    return {"call": call}, files


def called(found: Declared) -> dict[str, Any]:
    """Which model answers, and what its answer depends on."""
    from engine.weights import files

    card = (files.FOLDER / f"{found.model}.md").read_bytes()
    return {
        "capability": found.name,
        "model": found.model,
        "weights_hash": found.weights_hash(),
        "card_hash": hashlib.sha256(card).hexdigest(),
        "runtime": runtime(found.schema),
    }


def runtime(schema: int) -> dict[str, str | int]:
    """Versions that the notes depend on; a library that was not loaded did nothing to them."""
    versions: dict[str, str | int] = {"schema": schema, "python": platform.python_version()}
    for name in ("numpy", "torch"):
        if name in sys.modules:
            versions[name] = importlib.metadata.version(name)
    return versions


def _hand_over(variant: int, proposal: Proposal, written: bytes, call: Mapping[str, Any]) -> None:
    from production.parsing.work import look  # late: it imports this module

    looked = look(written).as_json()
    chords = [[str(onset), symbol] for onset, symbol in proposal.chords][:_CHORDS_MAX]
    if chords:
        looked["roll"]["chords"] = [symbol for _, symbol in chords]
    said = {
        "variant": variant,
        "call": call,
        "examined": looked,
        "chords": chords,
        "remarks": list(proposal.remarks[:_REMARKS_MAX]),
        "log_likelihood_milli": proposal.log_likelihood_milli,
    }
    give(said, {f"{variant}.mid": written})
    heard = preview.listenable(written, seconds_max=limits.PREVIEW_SECONDS_MAX)
    give({"variant": variant}, {f"{variant}.ogg": heard})


def _saying(share: float, words: str) -> None:
    tell(_TELLING_SHARE * share, words)
