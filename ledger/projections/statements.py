"""The files that statements were handed out as."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import sql
from ledger.domain.events import StatementPublished
from ledger.domain.records import EventRecord
from ledger.models import StatementFiles
from ledger.projections.base import Projection, folds


class StatementPapers(Projection):
    """The hashes by which a statement's files are known again."""

    name = "statement_files"
    tables = (StatementFiles,)

    @folds(StatementPublished)
    def published(self, records: Sequence[EventRecord[StatementPublished]]) -> None:
        """A statement became files; the newest ones are those that count."""
        for r in records:
            StatementFiles.objects.filter(statement_id=r.event.statement_id).delete()
            sql.insert(
                StatementFiles,
                (
                    {
                        "statement_id": r.event.statement_id,
                        "party_id": r.event.party_id,
                        "csv_hash": r.event.csv_hash,
                        "pdf_hash": r.event.pdf_hash,
                        "position": r.position,
                    },
                ),
            )
