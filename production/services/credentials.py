"""Content credentials: asked for, written by a worker once for the same bytes and facts, and read back at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from ledger.services import outbox
from production import limits, progress
from production.credentials import certificate
from production.credentials.definition import definition, upload_label
from production.credentials.facts import Facts, digest, facts_of
from production.errors import CertificateError, NoCredentialsError, ProductionError
from production.media import of_type
from production.models import Mark, Rendition, Version
from production.parsing.apart import MARKING, Answer, run_apart
from production.parsing.telling import Answerer
from production.services import locks, sweeping
from production.stores import content

log = structlog.get_logger()

TASK = "production.mark"
ORIGINAL = "original"
CONVERTED = {"midi": Rendition.Purpose.MIDI, "musicxml": Rendition.Purpose.MUSICXML}
EMBEDDED = frozenset({"wav", "flac", "mp3"})
"""Kinds of file that can carry a manifest; a test compares them with the parser's."""
_TRUE = frozenset({"trusted", "untrusted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be signed: a form of a version with its bytes and facts, and whether the manifest goes inside."""

    version: Version
    form: str
    content_hash: str
    media_type: str
    facts: Facts
    embedded: bool

    @property
    def facts_hash(self) -> str:
        """The hash of the facts."""
        return digest(self.facts)


def wanted(version: Version) -> list[Wanted]:
    """Every form of the version that can be had: its own bytes, and notes in their other form."""
    forms = [(ORIGINAL, version.content_hash, version.media_type, version.size_bytes)]
    renditions = {one.purpose: one for one in version.renditions.filter(purpose__in=CONVERTED.values())}
    for form, purpose in CONVERTED.items():
        if (one := renditions.get(purpose)) is not None:
            forms.append((form, one.content_hash, one.media_type, one.size_bytes))
    found = []
    for form, content_hash, media_type, size_bytes in forms:
        facts = facts_of(version, content_hash=content_hash, media_type=media_type)
        embedded = is_embedded(facts, size_bytes)
        found.append(
            Wanted(
                version=version,
                form=form,
                content_hash=content_hash,
                media_type=media_type,
                facts=facts,
                embedded=embedded,
            )
        )
    return found


def is_embedded(facts: Facts, size_bytes: int) -> bool:
    """Whether the manifest goes into a copy of the file.

    What a model had a hand in is marked inside the file, where the file can hold it: the mark must travel with it.
    What people made is left as it is, byte for byte what the ledger names, with a manifest of a few kilobytes beside
    it; so no recording is stored twice.
    """
    kind = of_type(facts["media_type"]).name
    return facts["authorship"] != "human" and kind in EMBEDDED and size_bytes <= limits.CREDENTIALS_BYTES_MAX


def signer_or_none() -> certificate.Signer | None:
    """Who signs; None while the certificate cannot be used."""
    try:
        return certificate.signer()
    except CertificateError as refusal:
        log.warning("credentials.no_certificate", words=refusal.message)
        return None


@transaction.atomic
def ask(version_id: UUID) -> bool:
    """Have a worker write what is missing of a version's credentials; false if nothing is, or it is asked for."""
    version = Version.objects.select_related("element").filter(id=version_id).first()
    if version is None:
        return False
    signer, now = signer_or_none(), timezone.now()
    before = now - dt.timedelta(seconds=limits.CREDENTIALS_RETRY_SECONDS)
    rows = [mark for mark, _ in _rows(version, signer.fingerprint if signer else "")]
    due = [mark for mark in rows if mark.state != Mark.State.MADE and (mark.asked_at is None or mark.asked_at < before)]
    if due:
        Mark.objects.filter(id__in=[mark.id for mark in due]).update(state=Mark.State.WAITING, asked_at=now)
        outbox.put(task=TASK, payload={"version_id": str(version_id)})
    return bool(due)


def make(version_id: UUID) -> None:
    """Write whatever is missing of a version's credentials. Done twice, it changes nothing."""
    version = Version.objects.select_related("element").filter(id=version_id).first()
    if version is None:
        return
    try:
        signer = certificate.signer()
    except CertificateError as refusal:
        for mark, _ in _rows(version, ""):
            _refuse(mark, refusal)
        return
    for mark, one in _rows(version, signer.fingerprint):
        if mark.state != Mark.State.MADE:
            _make(mark, one, signer)


def current(version: Version, form: str) -> Mark | None:
    """The newest credentials of a form of these very bytes that are still true of who made them, if there are any.

    A file that was renamed since is better handed out under its old name than not marked at all.
    """
    one = next((one for one in wanted(version) if one.form == form), None)
    return current_of(version, one) if one else None


def current_of(version: Version, one: Wanted) -> Mark | None:
    """The same, where what is to be signed is known."""
    form = one.form
    made = Mark.objects.filter(version=version, form=form, content_hash=one.content_hash, state=Mark.State.MADE)
    for mark in made.order_by("-id"):
        if mark.facts["authorship"] == one.facts["authorship"] and mark.embedded == one.embedded:
            return mark
    return Mark.objects.filter(version=version, form=form, facts_hash=one.facts_hash).order_by("-id").first()


def is_overdue(mark: Mark, *, now: dt.datetime | None = None) -> bool:
    """Whether it was asked for so long ago that nobody need wait for it."""
    waits = dt.timedelta(seconds=limits.CREDENTIALS_WAIT_SECONDS_MAX)
    return mark.asked_at is not None and (now or timezone.now()) - mark.asked_at > waits


def _rows(version: Version, signer: str) -> list[tuple[Mark, Wanted]]:
    """A row for each form, with what is to be signed for it."""
    found = []
    for one in wanted(version):
        mark, _ = Mark.objects.get_or_create(
            content_hash=one.content_hash,
            facts_hash=one.facts_hash,
            signer=signer,
            defaults={"version": version, "form": one.form, "facts": one.facts, "embedded": one.embedded},
        )
        found.append((mark, one))
    return found


def _make(mark: Mark, one: Wanted, signer: certificate.Signer) -> None:
    try:
        answer = _signed(mark, one, signer)
        said = answer.values["said"]
        if said["state"] not in _TRUE:
            raise NoCredentialsError(f"What was written does not hold: {', '.join(said['codes']) or said['state']}.")
        _keep(mark, answer)
    except ProductionError as refusal:
        log.warning("credentials.refused", version_id=str(mark.version_id), code=refusal.code, words=refusal.message)
        _refuse(mark, refusal)


def _refuse(mark: Mark, refusal: ProductionError) -> None:
    mark.state, mark.refusal = Mark.State.FAILED, refusal.message[:400]
    mark.save(update_fields=["state", "refusal"])


def _signed(mark: Mark, one: Wanted, signer: certificate.Signer) -> Answer:
    with content.looked_at(one.content_hash) as data:
        return run_apart(
            "mark",
            data,
            arguments={
                "media": of_type(one.media_type).name,
                "definition": definition(one.facts),
                "certificates": signer.certificates,
                "algorithm": signer.algorithm,
                "timestamp_url": certificate.timestamp_url(),
                "anchors": certificate.anchors(),
                "embed": one.embedded,
                "upload": upload_label(one.facts),
            },
            bounds=MARKING,
            on_progress=lambda fraction, words: progress.tell(mark.id, fraction, words),
            on_question=_once(signer),
        )


def _once(signer: certificate.Signer) -> Answerer:
    """One signature for one piece of work: a process that went astray gets no second one."""
    asked: list[bytes] = []

    def sign(message: bytes) -> bytes:
        if asked:
            raise NoCredentialsError("The work asked for a second signature.")
        asked.append(message)
        return signer.sign(message)

    return sign


def _keep(mark: Mark, answer: Answer) -> None:
    data = answer.files["marked" if mark.embedded else "manifest"]
    with sweeping.kept_or_swept() as hashes, transaction.atomic():
        locks.hold_store_shared()
        mark.kept_hash = content.put(data)
        hashes.append(mark.kept_hash)
        mark.said, mark.size_bytes, mark.refusal = answer.values["said"], len(data), ""
        mark.state, mark.made_at = Mark.State.MADE, timezone.now()
        mark.save(update_fields=["kept_hash", "said", "size_bytes", "refusal", "state", "made_at"])


def sweep(*, now: dt.datetime | None = None) -> int:
    """Forget marks of facts that changed since, once they are a day old; their blobs follow with the orphans."""
    before = (now or timezone.now()) - dt.timedelta(hours=limits.ORPHAN_AGE_HOURS_MIN)
    newest = (
        Mark.objects.filter(state=Mark.State.MADE).order_by("version_id", "form", "-id").distinct("version_id", "form")
    )
    stale = Mark.objects.filter(made_at__lt=before).exclude(id__in=list(newest.values_list("id", flat=True)))
    count, _ = stale.delete()
    return count
