"""Questions about content credentials: of an element's files, of one that is being marked, of a stranger's file."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from production import downloads, progress
from production.credentials import certificate
from production.models import Mark, Version
from production.services import checks
from production.services import credentials as services


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsView:
    """The credentials of one form of a version.

    state : made, waiting, failed, or none while nobody asked for them
    embedded : the manifest is in the file that is handed out, else beside it
    said : what the file said when it was read back, as `production.parsing.credentials_report.report`
    is_current : its facts and its signer are those of today; else they are written anew when somebody takes the file
    """

    form: str
    state: str
    embedded: bool
    said: Mapping[str, Any]
    refusal: str
    size_bytes: int
    made_at: dt.datetime | None
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A file that somebody lets us read: `said` is what it says; `refusal` why it says nothing."""

    id: UUID
    is_done: bool
    name: str
    said: Mapping[str, Any]
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerView:
    """Who signs for this site; `is_own` if nobody but the site itself stands behind the certificate."""

    name: str
    fingerprint: str
    algorithm: str
    expires_at: dt.datetime
    is_own: bool


def credentials(version_id: UUID) -> list[CredentialsView]:
    """What there is for each form of a version, the original first."""
    version = Version.objects.select_related("element").filter(id=version_id).first()
    return [_view(version, one) for one in services.wanted(version)] if version else []


def _view(version: Version, one: services.Wanted) -> CredentialsView:
    mark = services.current_of(version, one)
    return CredentialsView(
        form=one.form,
        state=mark.state if mark else "none",
        embedded=mark.embedded if mark else one.embedded,
        said=mark.said if mark else {},
        refusal=mark.refusal if mark and mark.state == Mark.State.FAILED else "",
        size_bytes=mark.size_bytes if mark else 0,
        made_at=mark.made_at if mark else None,
        is_current=mark is not None and mark.facts_hash == one.facts_hash,
    )


def marking(version_id: UUID, form: str) -> tuple[bool, float, str]:
    """Whether a file can be had now; if not, how far (0..1) and in which step its marking is."""
    version = Version.objects.select_related("element").filter(id=version_id).first()
    beside = form.endswith(downloads.BESIDE)
    mark = services.current(version, form.removesuffix(downloads.BESIDE)) if version else None
    if mark is None or mark.state != Mark.State.WAITING or mark.embedded == beside or services.is_overdue(mark):
        return True, 1.0, ""
    hint = progress.last_hint(mark.id)
    return (False, hint["fraction"], hint["words"]) if hint else (False, 0.0, "")


def credentials_check(check_id: UUID) -> Check | None:
    """What came of a file that was given to be read; None if it is not known, or forgotten."""
    place = checks.place_of(check_id)
    try:
        asked = json.loads(place.asked.read_text())
        said = json.loads(place.result.read_text()) if place.result.exists() else None
    except (FileNotFoundError, ValueError):
        return None
    return Check(
        id=check_id,
        is_done=said is not None,
        name=asked["name"],
        said=(said or {}).get("said") or {},
        refusal=(said or {}).get("refusal") or "",
    )


def site_signer() -> SignerView:
    """Who signs.

    Raises
    ------
    CertificateError
        If nobody can.
    """
    found = certificate.signer()
    return SignerView(
        name=found.name,
        fingerprint=found.fingerprint,
        algorithm=found.algorithm,
        expires_at=found.expires_at,
        is_own=found.is_own,
    )
