"""The sum of every account. Added up in SQL: it is folded with every money event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ledger import sql
from ledger.domain.events import Event
from ledger.domain.journal import MONEY_EVENTS
from ledger.domain.records import EventRecord
from ledger.models import Balance
from ledger.projections.base import Projection

ADD = """
    on conflict (account, currency) do update
       set amount_micro = t.amount_micro + excluded.amount_micro, position = excluded.position
"""


class Balances(Projection):
    """One row an account and currency."""

    name = "balances"
    tables = (Balance,)

    @property
    def folded(self) -> tuple[type[Event], ...]:
        """Everything that moves money."""
        return MONEY_EVENTS

    def fold_many(self, records: Iterable[EventRecord[Any]]) -> None:
        """Add up the postings of these events."""
        sums: dict[tuple[str, str], list[int]] = {}
        for record in records:
            for posting in record.postings():
                row = sums.setdefault((posting.account, posting.currency), [0, 0])
                row[0] += posting.amount_micro
                row[1] = record.position
        rows = (
            {"account": account, "currency": currency, "amount_micro": amount_micro, "position": position}
            for (account, currency), (amount_micro, position) in sums.items()
        )
        sql.insert(Balance, rows, conflict=ADD)
