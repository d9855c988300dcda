"""`manage.py check_trace FILE`: compute a downloaded trace again, without a database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from ledger.domain.settlement import BadInputError, trace_file
from ledger.domain.settlement.explain import NoSuchLineError


class Command(BaseCommand):
    """For whoever was sent a trace and does not want to believe it."""

    help = "Settles the folder inside a trace again and compares every step. Exit status 1 if anything differs."
    requires_system_checks: ClassVar[list[str]] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file to check."""
        parser.add_argument("file", type=Path, help="a trace as the site gives it: trace-....json")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Compare, and say which amount was proved."""
        try:
            trace = json.loads(file.read_text())
            wrong = trace_file.differences(trace)
        except (OSError, ValueError, KeyError, BadInputError, NoSuchLineError) as error:
            raise CommandError(f"{file}: no trace that can be computed: {error}") from error
        for line in wrong:
            self.stderr.write(line, style_func=str)
        if wrong:
            sys.exit(1)
        told = trace["explanation"]
        steps = len(told["steps"])
        self.stdout.write(f"{told['amount_micro']} micro {told['currency']}: {steps} steps, all of them recomputed.")
