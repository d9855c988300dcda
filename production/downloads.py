"""Links to bytes: public ones for previews, signed and short-lived ones for everything that needs a licence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.core import signing
from django.urls import reverse
from django.utils.text import slugify

from production import limits
from production.errors import BeingMarkedError, NoLicenceError, UnknownAuditionError, UnknownElementError
from production.media import MEDIA, of_type
from production.models import Audition, Mark, Proposal, Rendition, Version
from production.permissions import may_have
from production.services import credentials
from production.stores import content

_SALT = "production.download"
_PROPOSAL_SALT = "production.proposal"
_AUDITION_SALT = "production.audition"
ORIGINAL = "original"
HEARD = "heard"
"""The very bytes, for a player on a page: it is not a file that anybody takes along."""
BESIDE = "-c2pa"
"""Ends the name of a form whose manifest is wanted instead of its file."""
MANIFEST_TYPE = "application/c2pa"
BEFORE, AFTER = "before", "after"
"""Parts of a proposal of sound; one of notes has only what comes after."""
CONVERSIONS = {"midi": Rendition.Purpose.MIDI, "musicxml": Rendition.Purpose.MUSICXML}
FORMS = {**CONVERSIONS, "roll": Rendition.Purpose.ROLL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Bytes to be sent: by hash, with the name and type that the receiver sees."""

    content_hash: str
    media_type: str
    size_bytes: int
    filename: str


def sign(*, version_id: UUID, party_id: UUID, form: str = ORIGINAL) -> str:
    """A link to the full bytes, good for five minutes, for a party that may have them.

    form : `original`, or for notes `midi` or `musicxml`, or `roll` (every note as JSON), or `heard` (for a player);
        `original-c2pa` and so on for the manifest that lies beside it

    Raises
    ------
    UnknownElementError
        If there is no such version, or not in this form.
    NoLicenceError
        If the party neither made the element nor holds a standing licence.
    BeingMarkedError
        If the file is to be marked as generated, and that is not done yet; it was asked for.
    """
    find(version_id=version_id, party_id=party_id, form=form)
    token = signing.dumps([str(version_id), str(party_id), form], salt=_SALT, compress=True)
    return reverse("production:download", args=[token])


def open_link(token: str) -> Blob:
    """What a link leads to. The licence is looked up again: a revoked one ends the link too."""
    version_id, party_id, form = _loads(token, salt=_SALT)
    return find(version_id=UUID(version_id), party_id=UUID(party_id), form=form)


def find(*, version_id: UUID, party_id: UUID, form: str) -> Blob:
    """The blob behind a form of a version, for a party that may have it."""
    version = Version.objects.select_related("element").filter(id=version_id).first()
    if version is None:
        raise UnknownElementError
    if not may_have(party_id, version.element_id, version.content_hash):
        raise NoLicenceError
    if form.endswith(BESIDE):
        return _manifest(version, form.removesuffix(BESIDE))
    if form == HEARD:
        return _original(version)
    blob = _original(version) if form in forms_kept(version) else _rendition(version, form)
    return blob if form == "roll" else _marked(version, form, blob)


def _marked(version: Version, form: str, blob: Blob) -> Blob:
    """The copy that says where it comes from, for what a model had a hand in; all else as it is.

    Nobody is kept from what is theirs: if the mark failed, or takes too long, the file is handed out as it is.
    """
    mark = _asked_for(version, ORIGINAL if form in forms_kept(version) else form)
    if mark is None or not mark.embedded or mark.state == Mark.State.FAILED:
        return blob
    if mark.state == Mark.State.MADE:
        return replace(blob, content_hash=mark.kept_hash, size_bytes=mark.size_bytes)
    if credentials.is_overdue(mark):
        return blob
    raise BeingMarkedError


def _manifest(version: Version, form: str) -> Blob:
    mark = _asked_for(version, form)
    if mark is None or mark.embedded or mark.state == Mark.State.FAILED:
        raise UnknownElementError("There is no manifest beside this file.")
    if mark.state == Mark.State.WAITING:
        raise BeingMarkedError
    file = _original(version) if form in forms_kept(version) else _rendition(version, form)
    return Blob(
        content_hash=mark.kept_hash,
        media_type=MANIFEST_TYPE,
        size_bytes=mark.size_bytes,
        filename=f"{file.filename}.c2pa",
    )


def _asked_for(version: Version, form: str) -> Mark | None:
    """The credentials of a form; those that are missing or out of date are asked for."""
    credentials.ask(version.id)
    return credentials.current(version, form)


def forms_kept(version: Version) -> tuple[str, ...]:
    """Names under which the very bytes of the version can be had."""
    name = of_type(version.media_type).name
    return (ORIGINAL, name) if name in CONVERSIONS else (ORIGINAL,)


def public(rendition_id: UUID, content_hash: str) -> Blob:
    """A preview, picture or peaks: for everybody who has its address."""
    rendition = (
        Rendition.objects.select_related("version__element")
        .filter(id=rendition_id, content_hash=content_hash, purpose__in=Rendition.PUBLIC)
        .first()
    )
    if rendition is None:
        raise UnknownElementError
    return _blob(rendition)


def public_url(rendition: Rendition) -> str:
    """Where `public` finds it; the address changes with the bytes, so it can be kept for ever."""
    return reverse("production:rendition", args=[rendition.id, rendition.content_hash])


def proposal_url(proposal: Proposal, *, part: str = AFTER) -> str:
    """Where the one who asked hears a proposal, or what it is compared with, for five minutes."""
    token = signing.dumps([str(proposal.id), str(proposal.owner_id), part], salt=_PROPOSAL_SALT, compress=True)
    return reverse("production:proposal", args=[token])


def open_proposal(token: str) -> Blob:
    """The preview behind such a link."""
    proposal_id, owner_id, part = _loads(token, salt=_PROPOSAL_SALT)
    proposal = Proposal.objects.filter(id=proposal_id, owner_id=owner_id).first()
    content_hash = (proposal.before_hash if part == BEFORE else proposal.preview_hash) if proposal else ""
    if proposal is None or not content_hash:
        raise UnknownElementError
    return Blob(
        content_hash=content_hash,
        media_type=MEDIA["ogg"].media_type,
        size_bytes=content.size_bytes(content_hash),
        filename=f"proposal-{proposal.variant}{'-before' if part == BEFORE else ''}.ogg",
    )


def audition_url(audition: Audition, part: str) -> str:
    """Where the one who asked hears a part (before, after, residual) of an audition, for five minutes."""
    token = signing.dumps([str(audition.id), str(audition.owner_id), part], salt=_AUDITION_SALT, compress=True)
    return reverse("production:audition-sound", args=[token])


def open_audition(token: str) -> Blob:
    """The sound behind such a link."""
    audition_id, owner_id, part = _loads(token, salt=_AUDITION_SALT)
    audition = Audition.objects.filter(id=audition_id, owner_id=owner_id).first()
    if audition is None or part not in audition.files:
        raise UnknownAuditionError
    content_hash = audition.files[part]
    return Blob(
        content_hash=content_hash,
        media_type=MEDIA["flac"].media_type,
        size_bytes=content.size_bytes(content_hash),
        filename=f"{part}.flac",
    )


def _loads(token: str, *, salt: str) -> list[str]:
    try:
        values: list[str] = signing.loads(token, salt=salt, max_age=limits.LINK_SECONDS_MAX)
    except signing.SignatureExpired as error:
        raise NoLicenceError("This link is too old. Go back and ask for a new one.") from error
    except signing.BadSignature as error:
        raise NoLicenceError("This link is not one of ours.") from error
    return values


def _original(version: Version) -> Blob:
    media = of_type(version.media_type)
    return Blob(
        content_hash=version.content_hash,
        media_type=version.media_type,
        size_bytes=version.size_bytes,
        filename=_filename(version, media.extension),
    )


def _rendition(version: Version, form: str) -> Blob:
    rendition = (
        Rendition.objects.select_related("version__element")
        .filter(version=version, purpose=FORMS.get(form, ""))
        .first()
    )
    if rendition is None:
        raise UnknownElementError("This element cannot be had in that form, or not yet.")
    return _blob(rendition)


def _blob(rendition: Rendition) -> Blob:
    extensions = {media.media_type: media.extension for media in MEDIA.values()} | {
        "application/json": "json",
        "image/svg+xml": "svg",
    }
    return Blob(
        content_hash=rendition.content_hash,
        media_type=rendition.media_type,
        size_bytes=rendition.size_bytes,
        filename=_filename(rendition.version, extensions[rendition.media_type]),
    )


def _filename(version: Version, extension: str) -> str:
    """Plain ASCII, never a path."""
    stem = slugify(version.element.title)[:80] or "element"
    return f"{stem}-v{version.number}.{extension}"
