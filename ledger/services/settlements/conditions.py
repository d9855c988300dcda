"""Payment conditions: who is not paid because somebody else is negative.

What is payable does not depend on holds, so a first pass of the kernel over the run's own folder tells every balance;
the conditions that are not met become holds of that folder, and the run is computed from it like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from ledger.domain.settlement.period import HoldRow, Period, inputs_from
from ledger.domain.settlement.result import SettlementResult
from ledger.domain.settlement.run import settle
from ledger.models import PaymentCondition

REASON = "payment condition: "
"""How the reason of such a hold begins; the ids of those who are negative follow."""


def holds(period: Period) -> list[HoldRow]:
    """A hold for each party and currency whose condition the run does not meet; in order of party and currency."""
    standing = list(PaymentCondition.objects.filter(standing=True).order_by("position"))
    if not standing:
        return []
    result = settle(inputs_from(period))
    payable = {(row.party_id, row.currency): row.payable_micro for row in result.statement_rows()}
    net = _less_what_is_owed(payable, result)
    negative: dict[tuple[str, str], list[str]] = {}
    for condition in standing:
        balances = payable if condition.ignoring_advances else net
        for currency in sorted({currency for _, currency in balances}):
            below = [one for one in condition.needs_party_ids if balances.get((one, currency), 0) < 0]
            if below:
                negative.setdefault((str(condition.party_id), currency), []).extend(below)
    return [HoldRow(party, currency, reason_of(below)) for (party, currency), below in sorted(negative.items())]


def _less_what_is_owed(payable: Mapping[tuple[str, str], int], result: SettlementResult) -> dict[tuple[str, str], int]:
    """Every balance less what its advances and costs still have to repay after the run."""
    net = dict(payable)
    for row in result.advance_rows():
        net[row.party_id, row.currency] = net.get((row.party_id, row.currency), 0) - row.unrecouped_micro
    return net


def reason_of(negative: Iterable[str]) -> str:
    """The words of holds.csv."""
    return REASON + ", ".join(dict.fromkeys(negative)) + " is negative"


def needed(reason: str) -> list[UUID]:
    """Who is negative, read from such a reason; empty for another one."""
    if not reason.startswith(REASON):
        return []
    return [UUID(one) for one in reason.removeprefix(REASON).removesuffix(" is negative").split(", ")]
