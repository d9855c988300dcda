"""A trace that can be taken home: a family's folder and the explanation of one line, to be computed again anywhere."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from ledger.domain.settlement.explain import Explainer, LineExplanation
from ledger.domain.settlement.family import rows_of
from ledger.domain.settlement.period import RevenueRow
from ledger.domain.settlement.read import read_folder
from ledger.domain.settlement.run import settle
from ledger.domain.settlement.schema import FILES, REVENUE

FORM = "ledgerline-trace/1"


def written(files: Mapping[str, bytes], explanation: LineExplanation) -> dict[str, Any]:
    """The trace as JSON would hold it; fractions are text."""
    return {
        "form": FORM,
        "check": "python manage.py check_trace THIS_FILE",
        "folder": {name: data.decode() for name, data in files.items()},
        "explanation": _plain(dataclasses.asdict(explanation)),
    }


def differences(trace: Mapping[str, Any]) -> list[str]:
    """What of a trace is not what its folder gives; empty if all of it is.

    Raises
    ------
    BadInputError
        If the folder is faulty.
    """
    if trace.get("form") != FORM:
        return [f"this is no {FORM}"]
    told = trace["explanation"]
    files = {name: trace["folder"][name].encode() for name in FILES if name in trace["folder"]}
    again = _explain(files, told)
    return [f"{name}: {told.get(name)!r} is not {value!r}" for name, value in again.items() if told.get(name) != value]


def _explain(files: Mapping[str, bytes], told: Mapping[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="trace-") as place:
        for name, data in files.items():
            (Path(place) / name).write_bytes(data)
        result = settle(read_folder(Path(place)))
    minor = ("gross_minor", "tax_minor", "fee_minor")
    revenue = [
        RevenueRow(**{name: int(text) if name in minor else text for name, text in row.items()})  # type: ignore[arg-type]
        for row in rows_of(files, REVENUE)
    ]
    explanation = Explainer(result, revenue).line(
        party_id=told["party_id"],
        currency=told["currency"],
        line_id=told["line_id"],
        element_id=told["path"][-1],
        path=told["path"],
        basis=told["basis"],
    )
    plain: dict[str, Any] = _plain(dataclasses.asdict(explanation))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
