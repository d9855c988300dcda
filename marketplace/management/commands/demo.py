"""`manage.py demo`: a shop with three months behind it, on an empty log."""

from __future__ import annotations

import datetime as dt
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from ledger import selectors as ledger
from marketplace.demo import cast, till
from marketplace.demo.calendar import Calendar

PROCESSES = 2


class Command(BaseCommand):
    """Make the music, then tell the story."""

    help = "Fills an empty site with people, music, three months of sales and settlements. Done again, it does nothing."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many processes make the music."""
        parser.add_argument("--processes", type=int, default=PROCESSES, help="0: none but this one")

    def handle(self, *, processes: int = PROCESSES, **_options: Any) -> None:
        """Fill the shop, unless that was done; refuse where others have begun to write.

        Raises
        ------
        CommandError
            If the log holds events that are not the demo's: their times would stand before the story's.
        """
        if cast.has_come():
            self.stdout.write("The demo is here already; nothing was changed.")
            self._tell_logins()
            return
        if ledger.size():
            raise CommandError(
                "This site has a history of its own, and the ledger's times only rise: the demo tells of the last "
                "three months, so it needs an empty site. Point LEDGERLINE_VAR at a new folder to have one beside this."
            )
        began = time.monotonic()
        samples, ready = self._music(processes)
        made = time.monotonic()
        self._story(samples, ready)
        self.stdout.write(
            f"Done: {len(samples)} elements, {ledger.size()} events. "
            f"Music {made - began:.0f} s, story {time.monotonic() - made:.0f} s."
        )
        self._tell_logins()

    def _music(self, processes: int) -> tuple[dict[str, Any], dict[str, Any]]:
        from production.samples.making import make_all  # late: the engine is loaded only where music is made
        from production.samples.plan import samples

        if processes:
            connections.close_all()  # the workers are forked, and no two processes may share a connection
        chosen, ready = samples(), {}
        for one in make_all(list(chosen), processes=processes):
            ready[one.slug] = one
            self._progress("Making music", len(ready), len(chosen))
        return chosen, ready

    def _story(self, samples: dict[str, Any], ready: dict[str, Any]) -> None:
        from marketplace.demo.story import Story

        try:
            with till.opened() as sandbox:
                story = Story(till=sandbox, calendar=Calendar(dt.datetime.now(dt.UTC)), samples=samples, ready=ready)
                story.tell(lambda done, of: self._progress("Three months of trade", done, of))
        except till.NoSandboxError as error:
            raise CommandError(f"{error}") from error

    def _progress(self, words: str, done: int, of: int) -> None:
        """A line that grows on a terminal; elsewhere a line for every tenth."""
        if sys.stdout.isatty():
            self.stdout.write(f"\r{words}: {done} of {of}", ending="\n" if done == of else "")
            self.stdout.flush()
        elif done == of or done * 10 // of > (done - 1) * 10 // of:
            self.stdout.write(f"{words}: {done} of {of}")

    def _tell_logins(self) -> None:
        folder = Path(settings.VAR_DIR) / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "logins.txt").write_text(cast.logins(), encoding="utf-8")
        self.stdout.write("\n" + cast.logins())
