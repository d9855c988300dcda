"""The ledger's commands: export, checkpoint, key, receipt, verify, rebuild."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from ledger.domain.errors import LedgerError
from ledger.services import audit, checkpoints, log_keys, receipts
from ledger.services.audit.rows import stream


class Command(BaseCommand):
    """`manage.py ledger <verb>`; exit status 1 when something is wrong."""

    help = "Export, prove, verify and rebuild the ledger."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """One sub-command a verb."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        export = verbs.add_parser("export", help="leaf bytes, one event a line, in order")
        export.add_argument("--out", required=True, metavar="FILE", help="where to (- for standard output)")
        export.add_argument("--from", dest="first", type=int, default=0, metavar="P", help="first position")
        export.add_argument("--to", dest="last", type=int, metavar="P", help="last position, inclusive")
        verbs.add_parser("checkpoint", help="print the newest signed checkpoint")
        key = verbs.add_parser("key", help="print the public verifier key")
        what = key.add_mutually_exclusive_group()
        what.add_argument("--all", action="store_true", help="every key the log ever signed with, newest first")
        what.add_argument("--rotate", action="store_true", help="make a new key; both sign for a while")
        what.add_argument("--backup", metavar="FILE", help="write all keys, private halves included")
        what.add_argument("--restore", metavar="FILE", help="put back the keys of a backup")
        receipt = verbs.add_parser("receipt", help="write the .tlog-proof of an event")
        receipt.add_argument("event_id", type=UUID, metavar="EVENT_ID")
        receipt.add_argument("--out", metavar="FILE")
        verify = verbs.add_parser("verify", help="recompute everything; exit 1 and the first wrong position")
        verify.add_argument("--log", action="store_true", help="the log alone, not journal and projections")
        verify.add_argument("--against", metavar="CHECKPOINT_FILE", help="a signed checkpoint kept elsewhere")
        rebuild = verbs.add_parser("rebuild", help="empty projections and fold the log again")
        rebuild.add_argument("projection", nargs="?", metavar="PROJECTION")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Run one verb."""
        try:
            getattr(self, verb)(**options)
        except (LedgerError, OSError) as error:
            raise CommandError(str(error)) from error

    def export(self, *, out: str, first: int, last: int | None, **_: Any) -> None:
        """Leaf bytes, LF, in order."""
        upto = "" if last is None else f" and position <= {int(last)}"
        sql = f"select leaf from ledger_event where position >= {int(first)}{upto} order by position"  # noqa: S608
        with transaction.atomic():
            if out == "-":
                sys.stdout.buffer.writelines(bytes(leaf) + b"\n" for (leaf,) in stream(sql))
                sys.stdout.buffer.flush()
                return
            draft = Path(out).with_name(Path(out).name + ".draft")
            with draft.open("wb") as file:
                file.writelines(bytes(leaf) + b"\n" for (leaf,) in stream(sql))
            draft.replace(out)

    def checkpoint(self, **_: Any) -> None:
        """The newest one: signed now, if events are new."""
        self.stdout.write(checkpoints.checkpoint(), ending="")

    def key(self, *, rotate: bool, backup: str | None, restore: str | None, **options: Any) -> None:
        """Public keys; rotation, backup and restoring of the private ones."""
        if rotate:
            log_keys.rotate()
            checkpoints.checkpoint()
        if backup:
            path = Path(backup)
            if path.exists():
                raise CommandError(f"{path} exists already")
            log_keys.write_secret(path, log_keys.backup())
            self.stderr.write(f"keys written to {path}: whoever has this file can sign for the log")
        elif restore:
            self.stderr.write(f"{log_keys.restore(Path(restore).read_text())} keys put back")
        else:
            for verifier in log_keys.public_keys() if options["all"] else [log_keys.newest()]:
                self.stdout.write(str(verifier))

    def receipt(self, *, event_id: UUID, out: str | None, **_: Any) -> None:
        """The `.tlog-proof`."""
        proof = receipts.receipt(event_id)
        if out:
            Path(out).write_bytes(proof)
        else:
            self.stdout.write(proof.decode(), ending="")

    def verify(self, *, log: bool, against: str | None, **_: Any) -> None:
        """Everything, from the rows."""
        witness = Path(against).read_text(encoding="utf-8") if against else None
        found = audit.verify(log_only=log, keys=log_keys.public_keys(), against=witness)
        told = "" if log else f", the journal and {found.projections} projections"
        self.stdout.write(f"{found.size} events, {found.heads} tree heads{told} are right; root {found.root.hex()}")

    def rebuild(self, *, projection: str | None, **_: Any) -> None:
        """Projections from the log."""
        names, count = audit.rebuild(projection)
        self.stdout.write(f"{count} events folded into {', '.join(names)}")
