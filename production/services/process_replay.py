"""Running the call that made a version again: the same bytes, or not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ledger import selectors as ledger
from production.errors import UnknownElementError
from production.parsing.apart import PROCESSING, run_apart
from production.processes import registry
from production.stores import content


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A call run again; `runtime` is {library: version}, then and now."""

    process: str
    number: int
    expected_hash: str
    replayed_hash: str
    runtime_then: Mapping[str, Any]
    runtime_now: Mapping[str, Any]

    @property
    def same(self) -> bool:
        """Whether not one byte differs."""
        return self.expected_hash == self.replayed_hash


def replay(element_id: UUID, number: int) -> Replay:
    """Run the call that made a version again and compare the bytes.

    Notes that a person reviewed are written again from those that the event names: nothing is heard anew.

    Raises
    ------
    UnknownElementError
        If no process made this version.
    UnknownProcessError
        If the engine does not have the process here.
    MissingContentError
        If an input's bytes are gone.
    """
    called = ledger.processings(element_id).get(number)
    if called is None:
        raise UnknownElementError("No process made this version.")
    replayed, runtime = (
        (_write_notes(called.parameters), called.runtime)
        if "notes_hash" in called.parameters
        else _process(called.process, called.parameters, called.inputs)
    )
    return Replay(
        process=called.process,
        number=number,
        expected_hash=called.content_hash,
        replayed_hash=hashlib.sha256(replayed).hexdigest(),
        runtime_then=dict(called.runtime),
        runtime_now=dict(runtime),
    )


def _process(name: str, parameters: Mapping[str, Any], inputs: Any) -> tuple[bytes, Mapping[str, Any]]:
    process, place = registry.call_of(name)
    files = [content.get(str(one["content_hash"]), verify=True) for one in inputs]
    arguments = {"name": process.name, "parameters": dict(parameters), "sizes": [len(one) for one in files]}
    answer = run_apart("process", b"".join(files), arguments=arguments, bounds=PROCESSING)
    return answer.files[str(place)], answer.values["runtime"]


def _write_notes(parameters: Mapping[str, Any]) -> bytes:
    notes = content.get(str(parameters["notes_hash"]), verify=True)
    arguments = {"is_quantised": bool(parameters["quantised"])}
    return run_apart("write_notes", notes, arguments=arguments).files["notes.mid"]
