"""Projection of the files that statements were handed out as."""

from __future__ import annotations

from django.db import models

from ledger.models.base import Row


class StatementFiles(Row):
    """The hashes of a statement's files, and where the log says so."""

    statement_id = models.UUIDField(primary_key=True)
    party_id = models.UUIDField()
    csv_hash = models.CharField(max_length=64, db_index=True)
    pdf_hash = models.CharField(max_length=64, db_index=True)
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_statement_files"
