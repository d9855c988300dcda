"""Why a positive balance is not paid: one answer, for statements, dry runs and the console."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from ledger import selectors
from ledger.services.settlements import conditions, folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What of a run's folder can keep a payout back: (party_id, currency), empty currency: any."""

    holds: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    minimums: Mapping[tuple[str, str], int] = field(default_factory=dict)


def rules_of(files: Mapping[str, bytes]) -> Rules:
    """Read them from a folder."""
    holds: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in _rows(files, "holds.csv"):
        key = row["party_id"], row["currency"]
        holds[key] = (*holds.get(key, ()), row["reason"])
    minimums = {
        (row["party_id"], row["currency"]): int(row["min_payout_minor"]) for row in _rows(files, "minimums.csv")
    }
    return Rules(holds=holds, minimums=minimums)


def _rows(files: Mapping[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode()))) if name in files else []


def why_not_paid(
    rules: Rules, *, party_id: UUID | str, currency: str, payable_micro: int, gross_payout_minor: int
) -> str:
    """Every reason in words; empty if it is paid, or nothing is owed."""
    if payable_micro <= 0 or gross_payout_minor > 0:
        return ""
    party = str(party_id)
    holds = (*rules.holds.get((party, ""), ()), *rules.holds.get((party, currency), ()))
    if holds:
        return "; ".join(dict.fromkeys(_words(reason) for reason in holds))
    minimum = rules.minimums.get((party, currency), rules.minimums.get(("", currency), 0))
    return "less than the least payout" if minimum > 1 else "less than the smallest unit of the currency"


def _words(reason: str) -> str:
    """The reason of a hold, with names in place of ids."""
    negative = conditions.needed(reason)
    if not negative:
        return reason
    names = selectors.names_of(negative)
    listed = " and ".join(names[one] for one in negative)
    verb = "is" if len(negative) == 1 else "are"
    return f"paid only when {listed} {verb} not negative"


def of_statement(statement: selectors.Statement) -> str:
    """Why a released statement's positive balance was not paid; empty if it was, or there was none."""
    if statement.payable_micro <= 0 or statement.gross_payout_minor > 0:
        return ""
    run = selectors.run(statement.run_id)
    assert run is not None, statement
    return why_not_paid(
        _rules_by_hash(run.inputs_hash),
        party_id=statement.party_id,
        currency=statement.currency,
        payable_micro=statement.payable_micro,
        gross_payout_minor=statement.gross_payout_minor,
    )


@functools.lru_cache(maxsize=16)
def _rules_by_hash(inputs_hash: str) -> Rules:
    # What a hash binds never changes.
    return rules_of(folder.load(inputs_hash))
