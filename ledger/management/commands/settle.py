"""`manage.py settle FOLDER --out OUT`: settle a folder of CSV files, without a database."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from ledger.domain.settlement import (
    BadInputError,
    SettlementInputs,
    read_folder,
    read_folder_streamed,
    settle,
    write_result,
)

BAD_INPUT_STATUS = 2
STREAMED_BYTES = 1 << 28
"""Revenue of this size is streamed: the memory of a run then grows with the catalogue alone."""


class Command(BaseCommand):
    """Dry runs and what-if questions, by the very kernel of the site's own runs."""

    help = "Settles a folder of CSV files. Bad input: every fault on standard error, exit status 2, nothing written."
    requires_system_checks: ClassVar[list[str]] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder read and the folder written."""
        parser.add_argument("folder", type=Path, help="the folder to settle")
        parser.add_argument("--out", type=Path, required=True, help="where the three result files go")

    def handle(self, *args: Any, folder: Path, out: Path, **options: Any) -> None:
        """Read, settle, write."""
        if out.exists() and folder.exists() and out.samefile(folder):
            raise CommandError("--out is the folder itself: its advances.csv would be lost")
        try:
            inputs = _read(folder)
        except BadInputError as error:
            for line in error.lines:
                self.stderr.write(line, style_func=str)
            sys.exit(BAD_INPUT_STATUS)
        try:
            write_result(settle(inputs), out)
        except OSError as error:
            raise CommandError(f"{out}: {error.strerror}; nothing was written") from error


def _read(folder: Path) -> SettlementInputs:
    revenue = folder / "revenue.csv"
    if revenue.exists() and revenue.stat().st_size >= STREAMED_BYTES:
        return read_folder_streamed(folder)
    return read_folder(folder)
