"""What a bank received for a report, divided over what the report names.

A report sums to one figure, the bank received another: fees, an exchange, a rounding lie between. What is divided is
always the bank's, over the report's groups in proportion to what it says of each, by `allocate`. `allocate` knows no
weight below zero, and a group that gave back more than it sold has one. So those come first, at their own figure
(rounded to the minor unit, a half away from zero), and what the bank received and what they gave back together is
divided over the others. Hence the parts always sum to what the bank received, whatever the report says.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.domain.errors import WrongStateError
from ledger.domain.settlement.allocate import allocate

MICRO = 1_000_000


def divide(received_minor: int, groups_micro: Sequence[int], *, is_exchanged: bool = False) -> list[int]:
    """`received_minor` over groups with these reported sums: one part each, in order.

    Parameters
    ----------
    received_minor : what the bank received, below zero if it was debited
    groups_micro : what the report says of each group, in micro of its own currency
    is_exchanged : the report is in another currency: what was given back is exchanged at the report's own rate

    Raises
    ------
    WrongStateError
        If money came for a report that names none, or the report and the bank disagree on the direction.
    """
    reported = sum(groups_micro)
    if reported < 0:
        return [-part for part in divide(-received_minor, [-one for one in groups_micro], is_exchanged=is_exchanged)]
    if not received_minor and not any(groups_micro):
        return [0] * len(groups_micro)
    if not reported:
        if received_minor:
            raise WrongStateError("the report’s lines sum to zero: there is nothing to divide the bank’s money by")
    elif received_minor < 0:
        raise WrongStateError("the report says that money came, the bank that money went")
    above, below = (received_minor * MICRO, reported) if is_exchanged and reported else (1, 1)
    parts = [-_rounded(-one * above, MICRO * below) if one < 0 else 0 for one in groups_micro]
    rest = received_minor - sum(parts)
    shares = allocate(rest, [max(one, 0) for one in groups_micro])
    return [part + share for part, share in zip(parts, shares, strict=True)]


def _rounded(dividend: int, divisor: int) -> int:
    """The quotient of whole numbers that are not negative, rounded; a half goes up."""
    return (2 * dividend + divisor) // (2 * divisor)
