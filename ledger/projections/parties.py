"""Who takes part."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import sql
from ledger.domain.events import PartyClaimed, PartyRegistered
from ledger.domain.records import EventRecord
from ledger.models import Party
from ledger.projections.base import Projection, folds


class Parties(Projection):
    """Parties, and whether each has an account."""

    name = "parties"
    tables = (Party,)

    @folds(PartyRegistered)
    def registered(self, records: Sequence[EventRecord[PartyRegistered]]) -> None:
        """A new party."""
        sql.insert(
            Party,
            (
                {
                    "party_id": r.event.party_id,
                    "party_kind": r.event.party_kind,
                    "claimed": r.event.claimed,
                    "position": r.position,
                    "claimed_position": r.position if r.event.claimed else None,
                }
                for r in records
            ),
        )

    @folds(PartyClaimed)
    def claimed(self, records: Sequence[EventRecord[PartyClaimed]]) -> None:
        """An invited party opened an account."""
        for r in records:
            Party.objects.filter(party_id=r.event.party_id).update(claimed=True, claimed_position=r.position)
