"""Content credentials at the command line: what a file says, and who signs here."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from production.credentials import certificate
from production.errors import ProductionError
from production.services import checks
from production.stores import content

STATES = {
    "trusted": "trusted: unchanged since it was signed, by a signer that is trusted here",
    "untrusted": "untrusted: unchanged since it was signed, but nobody here vouches for the signer",
    "changed": "changed: these are not the bytes that were signed",
    "broken": "broken: the manifest itself is damaged, or its signature is not good",
    "unbound": "unbound: a manifest without its file; name the file, and this with --manifest",
}


class Command(BaseCommand):
    """`manage.py credentials <verb>`; `check` exits with 1 when the file is not what was signed, or says nothing."""

    help = "Content credentials (C2PA): read a file's, or say who signs here."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """One sub-command a verb."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        check = verbs.add_parser("check", help="what a file says of where it comes from, and whether that holds")
        check.add_argument("file", type=Path, metavar="FILE")
        check.add_argument("--manifest", type=Path, metavar="FILE.c2pa", help="the manifest that lies beside it")
        check.add_argument("--json", action="store_true", help="everything that was read")
        signer = verbs.add_parser("certificate", help="who signs here, until when")
        signer.add_argument("--root", action="store_true", help="print the certificates that are trusted here, as PEM")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Run one verb."""
        try:
            getattr(self, f"do_{verb}")(**options)
        except (ProductionError, OSError) as error:
            raise CommandError(str(error)) from error

    def do_check(self, *, file: Path, manifest: Path | None, json: bool, **_: Any) -> None:
        """Read one file, confined as an upload is."""
        with content.mapped(file) as data:
            said = checks.read_file(data, manifest.read_bytes() if manifest else b"")
        self.stdout.write(_dumped(said) if json else "\n".join(_lines(said)))
        if said["state"] in ("changed", "broken"):
            raise CommandError(f"{file} is not what was signed.", returncode=1)

    def do_certificate(self, *, root: bool, **_: Any) -> None:
        """Who signs."""
        if root:
            self.stdout.write(certificate.anchors())
            return
        found = certificate.signer()
        kind = "a chain of this site's own" if found.is_own else "the certificate of CREDENTIALS_CERTIFICATE"
        self.stdout.write(f"{found.name}: {kind}, {found.algorithm}, until {found.expires_at:%Y-%m-%d}")
        self.stdout.write(f"SHA-256 {found.fingerprint}")


def _dumped(said: dict[str, Any]) -> str:
    return json.dumps(said, indent=2, ensure_ascii=False)


def _lines(said: dict[str, Any]) -> list[str]:
    lines = [STATES.get(said["state"], said["state"])]
    lines += [f"{name}: {said[key]}" for name, key in _NAMED if said[key]]
    lines += [f"source types: {', '.join(said['source_types']) or 'none'}"]
    lines += [f"{one['when'] or '-'} {one['action']} {one['agent']}".rstrip() for one in said["actions"]]
    return lines + [f"{one['relationship']}: {one['title']}" for one in said["ingredients"]]


_NAMED = (("title", "title"), ("written by", "generator"), ("signed by", "issuer"), ("signed at", "signed_at"))
