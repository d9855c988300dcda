"""Questions of the workbench: what can be done to an element, how its versions came to be, what an audition heard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from ledger import selectors as ledger
from production import downloads, limits
from production.errors import (
    BadParameterError,
    NoLicenceError,
    UnknownAuditionError,
    UnknownElementError,
    UnsuitableError,
)
from production.media import of_type
from production.models import Audition, Draft, Element, Version
from production.parsing.apart import run_here
from production.permissions import may_have
from production.processes import registry
from production.processes.base import Parameter, Process
from production.selectors.elements import VersionView, versions
from production.services import workbench
from production.services.elements import check_may_derive
from production.stores import content

WAITING_SECONDS_MAX = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchVersion:
    """A version, and the call that made it, if a process did."""

    version: VersionView
    process: str
    title: str
    parameters: Mapping[str, Any]
    runtime: Mapping[str, Any]
    weights: Mapping[str, str]
    may_hear: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """An element on the workbench.

    version : what is worked on, the newest that the party may have
    groups : heading -> processes that suit it
    owned : whether a result becomes its next version (else an element derived from it)
    """

    element_id: UUID
    title: str
    kind: str
    owned: bool
    version: VersionView
    versions: tuple[BenchVersion, ...]
    groups: Mapping[str, tuple[Process, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditionView:
    """A section as it was auditioned: addresses of its sounds, and what to draw."""

    id: UUID
    state: str
    refusal: str
    process: str
    start_s: float
    files: Mapping[str, str]
    figures: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "id": str(self.id),
            "state": self.state,
            "refusal": self.refusal or None,
            "process": self.process,
            "start_s": self.start_s,
            "files": dict(self.files),
            **{name: value for name, value in self.figures.items() if name in ("figures", "facts", "heard", "seconds")},
        }


def bench(element_id: UUID, party_id: UUID) -> Bench:
    """The workbench of an element, for a party that made it or may build on it.

    Raises
    ------
    UnknownElementError, NoLicenceError
        If there is none, or the party may not work on it; the message says what is missing.
    """
    version = workbench.usable(element_id, party_id)
    element = version.element
    owned = element.creator_id == party_id
    if not owned:
        check_may_derive(party_id, element_id)
    groups: dict[str, list[Process]] = {}
    for one in registry.suiting(kind=element.kind, media=of_type(version.media_type).name):
        groups.setdefault(registry.GROUPS[one.room], []).append(one)
    found = bench_versions(element_id, party_id)
    return Bench(
        element_id=element_id,
        title=element.title,
        kind=element.kind,
        owned=owned,
        version=next(one.version for one in found if one.version.id == version.id),
        versions=found,
        groups={heading: tuple(found) for heading, found in groups.items()},
    )


def bench_versions(element_id: UUID, party_id: UUID) -> tuple[BenchVersion, ...]:
    """Every version, newest first, each with the call that made it."""
    called = ledger.processings(element_id)
    found = []
    for one in versions(element_id):
        call = called.get(one.number)
        found.append(
            BenchVersion(
                version=one,
                process=call.process if call else "",
                title=process_title(call.process) if call else "",
                parameters=call.parameters if call else {},
                runtime=call.runtime if call else {},
                weights=call.weights if call else {},
                may_hear=may_have(party_id, element_id, one.content_hash),
            )
        )
    return tuple(found)


def process_title(name: str) -> str:
    """What people call a process; its name where it is not installed any more."""
    found = registry.every().get(name)
    return found.title if found else name


def usable_elements(parameter: Parameter, party_id: UUID) -> list[tuple[UUID, str]]:
    """(id, title) of elements that a parameter takes and the party made or holds a standing licence for."""
    held = {one.element_id for one in ledger.licences_of(party_id) if one.standing}
    mine = Element.objects.filter(creator_id=party_id, kind__in=parameter.takes)
    theirs = Element.objects.filter(id__in=held, kind__in=parameter.takes)
    found = (mine | theirs).order_by("title", "id")[:200]
    media = {row.element_id: of_type(row.media_type).name for row in Version.objects.filter(element__in=list(found))}
    return [(one.id, one.title) for one in found if not parameter.media or media[one.id] in parameter.media]


def audition(audition_id: UUID, party_id: UUID) -> AuditionView:
    """An audition of this party; one that waits for longer than two minutes counts as lost.

    Raises
    ------
    UnknownAuditionError
        If there is none.
    """
    row = Audition.objects.filter(id=audition_id, owner_id=party_id).first()
    if row is None:
        raise UnknownAuditionError
    state, refusal = row.state, row.refusal
    if state == Audition.State.OPEN and timezone.now() - row.created_at > dt.timedelta(seconds=WAITING_SECONDS_MAX):
        state, refusal = Audition.State.REFUSED, "Nobody got to this in time: the workers are busy. Try again."
    return AuditionView(
        id=row.id,
        state=state,
        refusal=refusal,
        process=row.process,
        start_s=row.start_s,
        files={part: downloads.audition_url(row, part) for part in row.files},
        figures=row.figures,
    )


def draft(draft_id: UUID, party_id: UUID) -> Draft:
    """Notes under review by this party.

    Raises
    ------
    UnknownAuditionError
        If there are none.
    """
    row = Draft.objects.select_related("version__element").filter(id=draft_id, owner_id=party_id).first()
    if row is None:
        raise UnknownAuditionError
    return row


def drafts_of(element_id: UUID, party_id: UUID) -> list[Draft]:
    """A party's drafts of an element, newest first."""
    return list(Draft.objects.filter(owner_id=party_id, version__element_id=element_id).defer("heard", "notes")[:20])


def curves(plugins: Any) -> dict[str, Any]:
    """What a page draws of a chain of plugins.

    Raises
    ------
    BadParameterError
        If the chain does not fit its schema.
    """
    if not isinstance(plugins, list) or not plugins:
        raise BadParameterError("A chain is a list of plugins.")
    found: dict[str, Any] = registry.room_of("effects").curves(plugins)
    return found


def setting(element_id: UUID, party_id: UUID) -> list[dict[str, Any]]:
    """The plugins of a mix setting, for a party that made it or holds a licence for it, in today's form.

    Raises
    ------
    UnknownElementError, NoLicenceError, UnsuitableError
        If there is none, the party may not have it, or it is no mix setting.
    """
    version = workbench.usable(element_id, party_id)
    if version.element.kind != "mix_setting":
        raise UnsuitableError
    # Small JSON that was checked apart when it came in: starting a process for it would take seconds.
    plugins: list[dict[str, Any]] = run_here("setting", content.get(version.content_hash)).values["plugins"]
    return plugins


def usable_settings(party_id: UUID) -> list[tuple[UUID, str]]:
    """(id, title) of chains of plugins that the party made or holds a licence for; mixes of tracks are no chains."""
    found = usable_elements(Parameter(name="setting", words="", kind="element", takes=("mix_setting",)), party_id)
    newest = Version.objects.filter(element_id__in=[key for key, _ in found]).order_by("number")
    mixes = {row.element_id: bool(row.description.get("part_names")) for row in newest}
    return [(key, title) for key, title in found if not mixes.get(key)]


def usable_impulses(party_id: UUID) -> list[tuple[UUID, str]]:
    """(id, title) of recordings that the party may use as impulse responses of a chain."""
    parameter: Parameter = registry.room_of("effects").IMPULSE
    return usable_elements(parameter, party_id)


def line_draft(version_id: UUID, party_id: UUID) -> Draft | None:
    """The party's newest draft of a version that was heard as one line."""
    mine = Draft.objects.filter(version_id=version_id, owner_id=party_id, heard__texture="mono")
    return mine.order_by("-id").first()


def may_work(element_id: UUID, party_id: UUID) -> bool:
    """Whether the workbench of this element is open to the party."""
    try:
        version = workbench.usable(element_id, party_id)
        if version.element.creator_id != party_id:
            check_may_derive(party_id, element_id)
    except (UnknownElementError, NoLicenceError):
        return False
    return True


AUDITION_SECONDS_MAX = limits.AUDITION_SECONDS_MAX
