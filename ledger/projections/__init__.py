"""Projections: tables folded from the log inside the append transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger import sql
from ledger.domain.records import EventRecord
from ledger.projections.balances import Balances
from ledger.projections.base import Projection, folds
from ledger.projections.claims import Claims
from ledger.projections.contracts import Contracts
from ledger.projections.contributions import Contributions
from ledger.projections.corrections import Corrections
from ledger.projections.credits import Credits
from ledger.projections.elements import Elements
from ledger.projections.escrow import Escrow
from ledger.projections.jobs import Jobs
from ledger.projections.licences import Licences
from ledger.projections.listings import Listings
from ledger.projections.orders import Orders
from ledger.projections.parties import Parties
from ledger.projections.reports import Reports
from ledger.projections.revenue import Revenue
from ledger.projections.rights import Rights
from ledger.projections.settlement import Settlement
from ledger.projections.statements import StatementPapers
from ledger.projections.subscriptions import Subscriptions
from ledger.projections.trail import Trails

ALL: tuple[Projection, ...] = (
    Parties(),
    Elements(),
    Credits(),
    Rights(),
    Claims(),
    Listings(),
    Orders(),
    Revenue(),
    Reports(),
    Licences(),
    Subscriptions(),
    Contracts(),
    Settlement(),
    StatementPapers(),
    Contributions(),
    Corrections(),
    Escrow(),
    Jobs(),
    Balances(),
    Trails(),
)
"""Every projection; none reads another's tables, so their order does not matter."""


_KINDS = [(projection, frozenset(projection.folded)) for projection in ALL]


def fold(records: Sequence[EventRecord[Any]]) -> None:
    """Fold events, in log order, into every projection."""
    kinds = {type(record.event) for record in records}
    with sql.gathered():
        for projection, folded in _KINDS:
            if not kinds.isdisjoint(folded):
                projection.fold_many(records)


__all__ = ["ALL", "Projection", "fold", "folds"]
