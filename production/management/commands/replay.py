"""`manage.py replay ELEMENT_ID`: run a generated element's call again and compare the bytes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from production.errors import ProductionError
from production.services import generation


class Command(BaseCommand):
    """Exit 0 if not one byte differs, else 1."""

    help = "Run the model's call behind a generated element again and compare the bytes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The element."""
        parser.add_argument("element_id", type=UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it, and say what came out."""
        try:
            replay = generation.replay(options["element_id"])
        except ProductionError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"model     {replay.model}, seed {replay.seed}")
        self.stdout.write(f"in ledger {replay.expected_hash}")
        self.stdout.write(f"replayed  {replay.replayed_hash}")
        if replay.runtime_then != replay.runtime_now:
            self.stdout.write(f"runtime   then {replay.runtime_then}, now {replay.runtime_now}")
        if not replay.same:
            raise CommandError("The bytes differ.")
        self.stdout.write(self.style.SUCCESS("The same bytes."))
