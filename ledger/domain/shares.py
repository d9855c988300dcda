"""Rules about shares: pure, so that a form can say what is wrong before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.domain.errors import SharesDoNotSumError
from ledger.domain.events import Parent, Share

ALL_PPM = 1_000_000


def check_shares(shares: Sequence[Share]) -> None:
    """A split: every share positive, together 1,000,000 ppm. A party may stand in it twice, with two roles.

    Raises
    ------
    SharesDoNotSumError
        Otherwise; the message names each share.
    """
    stack = ", ".join(f"{share.share_ppm:,} to {share.party_id}" for share in shares)
    if any(share.share_ppm <= 0 for share in shares):
        raise SharesDoNotSumError(f"every share is more than 0 ppm: {stack}")
    total = sum(share.share_ppm for share in shares)
    if total != ALL_PPM:
        raise SharesDoNotSumError(f"shares sum to {total:,} ppm, not {ALL_PPM:,}: {stack or 'there are none'}")


def check_upstream(parents: Sequence[Parent]) -> None:
    """All parents of one element: each named once, no share negative, together at most 1,000,000 ppm.

    Raises
    ------
    SharesDoNotSumError
        Otherwise; the message names the whole stack.
    """
    stack = ", ".join(f"{parent.upstream_ppm:,} to {parent.element_id}" for parent in parents)
    if len({parent.element_id for parent in parents}) != len(parents):
        raise SharesDoNotSumError(f"a parent stands twice: {stack}")
    if any(parent.upstream_ppm < 0 for parent in parents):
        raise SharesDoNotSumError(f"an upstream share is negative: {stack}")
    total = sum(parent.upstream_ppm for parent in parents)
    if total > ALL_PPM:
        raise SharesDoNotSumError(f"upstream shares sum to {total:,} ppm, more than {ALL_PPM:,}: {stack}")
