"""Rights that a run's folder has no row for: of elements and parties that it had no sale of."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace

from ledger.domain import corrections as domain
from ledger.domain.corrections import ShareRow
from ledger.domain.settlement import epochs
from ledger.domain.settlement.period import ContractRow, DerivationRow, Period, RevenueRow, SplitRow
from ledger.services.settlements import gather


class RightsOfRun:
    """The log as the run knew it, at its cut-off."""

    def __init__(self, cutoff_position: int) -> None:
        self._cutoff = cutoff_position

    @functools.cached_property
    def _rights(self) -> epochs.Rights:
        return gather.rights(self._cutoff)

    def contracts(self, element_id: str, epoch: str, shares: Sequence[ShareRow]) -> Sequence[ContractRow]:
        """The contracts in force for these owners of an element in one of its epochs."""
        start = epoch.partition(" @")[2]
        others = [one for one in self._rights.splits if one.element_id != element_id]
        split = epochs.DatedSplit(position=epochs.BEFORE_ALL, element_id=element_id, shares=shares)
        rights = replace(self._rights, splits=[*others, split])
        period = self._period(element_id, int(start) if start else self._cutoff, rights)
        mine = [one for one in period.contracts if domain.true_id(one.element_id) == element_id]
        return [one._replace(element_id=epoch) for one in mine]

    def element(self, element_id: str) -> tuple[Sequence[SplitRow], Sequence[DerivationRow], Sequence[ContractRow]]:
        """The newest rights of an element and all that it flows back to."""
        period = self._period(element_id, self._cutoff, self._rights)
        return period.splits, period.derivations, period.contracts

    @staticmethod
    def _period(element_id: str, position: int, rights: epochs.Rights) -> Period:
        """One line of nothing for the element at a position brings the rows of its family."""
        line = RevenueRow("nothing", element_id, "adjustment", "EUR", 0, 0, 0, "1970-01-01")
        base = Period(commission_ppm=0, platform_party="nobody", splits=(), revenue=())
        return epochs.in_epochs(base, [epochs.DatedLine(position=position, line=line)], rights).period
