"""`manage.py services start|stop|status`: the embedded PostgreSQL and Valkey by hand."""

from __future__ import annotations

import json
import shlex
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.config.services import supervisor
from marketplace.config.services.errors import ServicesError
from marketplace.config.services.places import Desk


class Command(BaseCommand):
    """Start, stop or describe the embedded services."""

    help = "The embedded PostgreSQL and Valkey: they start by themselves with any command that needs them."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One action, and how to say it."""
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("start", help="start them and keep them up until `stop` or the next boot")
        stopping = actions.add_parser("stop", help="let them end with their last user")
        stopping.add_argument("--force", action="store_true", help="stop them under their users' feet")
        actions.add_parser("env", help="the running services' URLs, for a shell's `eval`; they hold passwords")
        asking = actions.add_parser("status", help="what runs, where, as whom")
        asking.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, action: str, **options: Any) -> None:
        """Do it."""
        desk = Desk.default()
        try:
            if action == "start":
                supervisor.pin(desk)
            elif action == "stop" and not supervisor.stop(desk, force=options["force"]):
                raise CommandError("somebody still uses the services; they stop with the last one (--force: now)")
        except ServicesError as error:
            raise CommandError(str(error)) from error
        if action == "env":
            for name, value in supervisor.status(desk).environment.items():
                self.stdout.write(f"export {name}={shlex.quote(value)}")
            return
        self._describe(supervisor.status(desk), as_json=bool(options.get("as_json")))

    def _describe(self, status: supervisor.Status, *, as_json: bool) -> None:
        if as_json:
            shown = asdict(status)
            del shown["environment"]  # passwords
            self.stdout.write(json.dumps(shown, indent=2))
            return
        state = "running" if status.running else "stopped"
        why = [
            word for word, true in (("in use", status.in_use), ("pinned by `services start`", status.pinned)) if true
        ]
        self.stdout.write(f"services  {state}{' (' + ', '.join(why) + ')' if why else ''}")
        if not status.running:
            return
        self.stdout.write(f"account   {status.account}\nfolder    {status.home}\nprograms  {status.programs}")
        for name, server in status.servers.items():
            again = f", started {server['starts']} times" if server["starts"] > 1 else ""
            self.stdout.write(f"{name:<9} pid {server['pid']}{again}, log {server['log']}")
