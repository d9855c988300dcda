"""From a released statement to its files: made once, kept, and their hashes written into the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation

from ledger import selectors as ledger
from ledger.domain import events
from ledger.services import append
from marketplace.dashboards.models import StatementFile
from marketplace.dashboards.statements import csv_file, pdf_file, view

FORMS = {"csv": ("text/csv; charset=utf-8", csv_file.render), "pdf": ("application/pdf", pdf_file.render)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One file of a statement; `published` once its hash is in the ledger."""

    content: bytes
    media_type: str
    published: bool


def publish(statement_id: UUID) -> None:
    """Make a statement's files and say so in the ledger; once."""
    statement = ledger.statement(statement_id)
    if statement is None or ledger.statement_files(statement_id) is not None:
        return
    with translation.override("en"):
        found = view.of(statement)
        files = {form: render(found) for form, (_media_type, render) in FORMS.items()}
    with transaction.atomic():
        rows = [
            StatementFile(
                hash=sha256(content).hexdigest(),
                statement_id=statement_id,
                media_type=FORMS[form][0].partition(";")[0],
                content=content,
            )
            for form, content in files.items()
        ]
        StatementFile.objects.bulk_create(rows, ignore_conflicts=True)
        append(
            events.StatementPublished(
                statement_id=statement_id,
                party_id=statement.party_id,
                csv_hash=sha256(files["csv"]).hexdigest(),
                pdf_hash=sha256(files["pdf"]).hexdigest(),
            ),
            actor_id=settings.PLATFORM_PARTY_ID,
            key=f"statement.published:{statement_id}",
        )


def paper_of(statement: ledger.Statement, form: str) -> Paper:
    """A statement's file as it was published; before that, as it would be."""
    media_type, render = FORMS[form]
    files = ledger.statement_files(statement.statement_id)
    if files is not None:
        row = StatementFile.objects.filter(hash=files.pdf_hash if form == "pdf" else files.csv_hash).first()
        if row is not None:
            return Paper(content=bytes(row.content), media_type=media_type, published=True)
    with translation.override("en"):
        return Paper(content=render(view.of(statement)), media_type=media_type, published=False)
