"""What a capability of sound is given: which recordings, by whose right, and what of them.

The recordings that are worked on need what every derivation needs. References are only listened to: thirty levels and
three figures are taken from them, never sound. So one's own will do, those one holds any licence for, and the excerpts
of elements on sale, which everybody may hear; of those nothing but the excerpt is listened to.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from ledger import selectors as ledger
from production import limits
from production.errors import (
    BadParameterError,
    NoLicenceError,
    NotARecordingError,
    UnknownElementError,
)
from production.media import of_type
from production.models import Version
from production.permissions import may_have, may_use
from production.services import elements, workbench
from production.services.asking import Asked
from production.stores import content

if TYPE_CHECKING:
    from engine.recommend.audio_capability import AudioCapability

MEDIA = ("wav", "aiff", "flac", "ogg", "mp3")
KINDS = ("wave", "sound")
_NAME_CHARACTERS_MAX = 80
Part = Literal["sound", "reference"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One recording, as rows, jobs and the ledger name it.

    is_excerpt : whether only what everybody may hear of it is listened to
    """

    element_id: UUID
    content_hash: str
    part: Part
    is_excerpt: bool = False

    def as_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "element_id": str(self.element_id),
            "content_hash": self.content_hash,
            "part": self.part,
            "is_excerpt": self.is_excerpt,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Input:
        """The inverse."""
        return cls(
            element_id=UUID(str(values["element_id"])),
            content_hash=str(values["content_hash"]),
            part=values["part"],
            is_excerpt=bool(values["is_excerpt"]),
        )


def taken(found: AudioCapability, asked: Asked, actor_id: UUID) -> list[Input]:
    """The recordings of a request, each looked up and each allowed: first the sounds, then the references.

    Raises
    ------
    BadParameterError
        If there are too few or too many, one stands twice, or together they are too long.
    UnknownElementError, NotARecordingError, NoLicenceError
        If one is not there, is no recording, or may not be used so; the message names it.
    """
    _check_counts(found, asked)
    versions = [_to_work_on(element_id, actor_id) for element_id in asked.sounds]
    _check_length(found, versions)
    inputs = [Input(element_id=one.element_id, content_hash=one.content_hash, part="sound") for one in versions]
    return inputs + [_reference(element_id, actor_id) for element_id in asked.references]


def loaded(
    inputs: Sequence[Input], actor_id: UUID | None, *, names: Sequence[str] = ()
) -> tuple[bytes, dict[str, Any]]:
    """The bytes, one after the other, and the arguments of the confined work that belong to them.

    actor_id : rights are looked up again for this party; None where the call is only run again
    names : of the sounds; the elements' titles, if none are given

    Raises
    ------
    NoLicenceError
        If a right has ended since.
    MissingContentError
        If bytes are gone.
    """
    if actor_id is not None:
        for one in inputs:
            _check_again(one, actor_id)
    files = [content.get(one.content_hash, verify=True) for one in inputs]
    sounds = [one for one in inputs if one.part == "sound"]
    return b"".join(files), {
        "sizes": [len(one) for one in files],
        "names": list(names) or names_of(sounds),
        "excerpts": [one.is_excerpt for one in inputs[len(sounds) :]],
    }


def names_of(sounds: Sequence[Input]) -> list[str]:
    """What tracks are called: their titles, each another."""
    rows = Version.objects.select_related("element").filter(element_id__in=[one.element_id for one in sounds])
    titles = {row.element_id: row.element.title for row in rows}
    names: list[str] = []
    for one in sounds:
        title = " ".join(titles.get(one.element_id, "Track").split())[:_NAME_CHARACTERS_MAX] or "Track"
        name, number = title, 2
        while name.lower() in (*(taken.lower() for taken in names), "master"):
            name, number = f"{title} {number}", number + 1
        names.append(name)
    return names


def document_of(found: AudioCapability, setting: Any, base: Mapping[str, Any] | None) -> bytes:
    """A setting that a person changed, checked against its schema, as the bytes that are kept.

    setting : JSON, as text or values
    base : the setting it was made from; the tracks of a mix stay the same, in the same order

    Raises
    ------
    BadParameterError
        If it cannot be read, or breaks the schema; the message names the place.
    """
    from engine.errors import EngineError
    from engine.io import mix_setting
    from engine.mixing import mix as mixes

    if isinstance(setting, str):
        if len(setting) > limits.SETTING_CHARACTERS_MAX:
            raise BadParameterError("This setting is longer than one may be.")
        try:
            setting = json.loads(setting)
        except ValueError as error:
            raise BadParameterError("This setting could not be read: it is no JSON.") from error
    if not isinstance(setting, dict):
        raise BadParameterError("A setting is one JSON object.")
    try:
        written = mix_setting.write(setting) if found.setting_form == "mix_setting" else mixes.write(setting)
    except (EngineError, TypeError, ValueError) as error:
        raise BadParameterError(f"This setting does not fit its schema: {error}.") from error
    if base is not None and found.setting_form == "mix":
        before, after = ([strip.get("name") for strip in one.get("tracks", [])] for one in (base, setting))
        if before != after:
            raise BadParameterError("The tracks of a mix stay as they are: change their numbers, not their names.")
    return written


def track_names(document: Mapping[str, Any]) -> list[str]:
    """Names of the tracks in a mix; none of a chain of plugins."""
    return [str(strip["name"]) for strip in document.get("tracks", [])]


# ---------------------------------------------------------------------------------------------------------- checks
def _check_counts(found: AudioCapability, asked: Asked) -> None:
    least = 1
    if len(asked.sounds) < least:
        words = "Choose a recording to start from." if found.takes == "sound" else "Choose the tracks of the mix."
        raise BadParameterError(words)
    if len(asked.sounds) > found.sounds_max:
        raise BadParameterError(f"{found.title} takes at most {found.sounds_max} recordings at once.")
    if len(asked.references) > found.references_max:
        raise BadParameterError(f"At most {found.references_max} references can be listened to at once.")
    for chosen in (asked.sounds, asked.references):
        if len(set(chosen)) != len(chosen):
            raise BadParameterError("A recording was chosen twice.")


def _check_length(found: AudioCapability, versions: Sequence[Version]) -> None:
    if sum(one.size_bytes for one in versions) > limits.PROCESS_INPUT_BYTES_MAX:
        most = limits.PROCESS_INPUT_BYTES_MAX // limits.MIB
        raise BadParameterError(f"All files together may have {most} MiB. Cut the recordings, or choose fewer.")
    seconds = sum(float(one.description.get("duration_s") or 0) for one in versions)
    if found.takes == "stems" and seconds > limits.MIX_SECONDS_MAX:
        raise BadParameterError(
            f"All tracks together last {seconds / 60:.0f} minutes; a mix takes {limits.MIX_SECONDS_MAX // 60}. "
            "Cut them, or join some first."
        )


def _to_work_on(element_id: UUID, actor_id: UUID) -> Version:
    version = workbench.usable(element_id, actor_id)
    _check_recording(version)
    if version.element.creator_id != actor_id:
        elements.check_may_derive(actor_id, element_id)
    return version


def _reference(element_id: UUID, actor_id: UUID) -> Input:
    is_open = may_use(actor_id, element_id)
    if not is_open and not ledger.is_on_sale(element_id):
        raise NoLicenceError("A reference is an element of yours, one that you hold a licence for, or one on sale.")
    version = (
        workbench.usable(element_id, actor_id)
        if is_open
        else Version.objects.select_related("element").filter(element_id=element_id).order_by("-number").first()
    )
    if version is None:
        raise UnknownElementError
    _check_recording(version)
    return Input(element_id=element_id, content_hash=version.content_hash, part="reference", is_excerpt=not is_open)


def _check_recording(version: Version) -> None:
    if version.element.kind not in KINDS or of_type(version.media_type).name not in MEDIA:
        raise NotARecordingError(
            f"“{version.element.title}” is no recording: only recordings can be mixed and mastered."
        )


def _check_again(one: Input, actor_id: UUID) -> None:
    if one.is_excerpt:
        if not (may_use(actor_id, one.element_id) or ledger.is_on_sale(one.element_id)):
            raise NoLicenceError("A reference is not on sale any more. Choose another.")
    elif not may_have(actor_id, one.element_id, one.content_hash):
        raise NoLicenceError
