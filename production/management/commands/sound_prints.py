"""`manage.py sound_prints`: listen to recordings that have no sound print yet, so that what sounds alike is found."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from production.services import sound_prints


class Command(BaseCommand):
    """Can be stopped and started again: each print is kept as it is made."""

    help = "Make the sound prints of recordings that lack one, or have one of another model."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many at most."""
        parser.add_argument("--at-once", type=int, default=sound_prints.FILLED_AT_ONCE, help="recordings to listen to")

    def handle(self, *args: Any, **options: Any) -> None:
        """Listen, and say to how many."""
        asked, got = sound_prints.fill(at_once=options["at_once"])
        self.stdout.write(f"{asked} recordings without a sound print, {got} have one now.")
