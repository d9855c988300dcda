"""`manage.py replay ELEMENT_ID`: run the calls behind an element again and compare the bytes.

`--offered JOB_ID` instead judges again what stood beside the proposals of a job.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from ledger import selectors as ledger
from production.errors import ProductionError
from production.services import beside, generation_replay, process_replay


class Command(BaseCommand):
    """Exit 0 if not one byte differs, else 1."""

    help = (
        "Run what a model generated or a process made of an element again, version by version, and compare the bytes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The element, and the version if only one is meant."""
        parser.add_argument("element_id", type=UUID, nargs="?")
        parser.add_argument("--offered", type=UUID, metavar="JOB_ID", help="what a job offered beside its proposals")
        parser.add_argument(
            "--number", type=int, metavar="N", help="this version only; every one that a call made, if not"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run each, and say what came out."""
        if options["offered"]:
            self._offered(options["offered"])
        elif options["element_id"]:
            self._calls(options["element_id"], options["number"])
        else:
            raise CommandError("Name an element, or a job with --offered.")

    def _calls(self, element_id: UUID, number: int | None) -> None:
        try:
            told = [self._say(title, call) for title, call in _replayed(element_id, number)]
        except ProductionError as refusal:
            raise CommandError(refusal.message) from refusal
        if not told:
            raise CommandError("This element was not made by a model or a process: there is nothing to run again.")
        if not all(told):
            raise CommandError("The bytes differ.")
        self.stdout.write(self.style.SUCCESS("The same bytes."))

    def _offered(self, job_id: UUID) -> None:
        try:
            judged = beside.again(job_id)
        except ProductionError as refusal:
            raise CommandError(refusal.message) from refusal
        for one, milli in judged:
            self.stdout.write(f"{one['element_id']}: {one['fit_milli']} in the ledger, {milli} today")
        if any(one["fit_milli"] != milli for one, milli in judged):
            raise CommandError("The order was made with other numbers: with other weights, or on another machine.")
        self.stdout.write(self.style.SUCCESS(f"{len(judged)} offered, judged the same."))

    def _say(self, title: str, call: Any) -> bool:
        self.stdout.write(title)
        self.stdout.write(f"  in ledger {call.expected_hash}")
        self.stdout.write(f"  replayed  {call.replayed_hash}")
        then, now = _other(call.runtime_then, call.runtime_now), _other(call.runtime_now, call.runtime_then)
        if then or now:
            self.stdout.write(f"  runtime   then {then}, now {now}")
        return bool(call.same)


def _replayed(element_id: UUID, number: int | None) -> Iterator[tuple[str, Any]]:
    if number in (None, 1) and ledger.generation(element_id) is not None:
        made = generation_replay.replay(element_id)
        yield f"version 1: {made.model}, seed {made.seed}", made
    for version in ledger.processings(element_id):
        if number in (None, version):
            call = process_replay.replay(element_id, version)
            yield f"version {version}: {call.process}", call


def _other(mine: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in mine.items() if others.get(name) != value}
