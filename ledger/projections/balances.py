"""The sum of every account. Written in SQL: it is folded with every money event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from ledger.domain.journal import postings_of
from ledger.domain.records import EventRecord
from ledger.models import Balance
from ledger.projections.base import Projection

ADD_SQL = """
    insert into ledger_balance as b (account, currency, amount_micro, position)
    select * from unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[])
    on conflict (account, currency) do update
       set amount_micro = b.amount_micro + excluded.amount_micro, position = excluded.position
"""


class Balances(Projection):
    """One row an account and currency."""

    name = "balances"
    tables = (Balance,)

    def fold_many(self, records: Iterable[EventRecord[Any]]) -> None:
        """Add up the postings of these events."""
        sums: dict[tuple[str, str], list[int]] = {}
        for record in records:
            for posting in postings_of(record.event):
                row = sums.setdefault((posting.account, posting.currency), [0, 0])
                row[0] += posting.amount_micro
                row[1] = record.position
        if sums:
            columns = [
                [account for account, _ in sums],
                [currency for _, currency in sums],
                [amount for amount, _ in sums.values()],
                [position for _, position in sums.values()],
            ]
            with connection.cursor() as cursor:
                cursor.execute(ADD_SQL, columns)
