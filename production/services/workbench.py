"""Who may work on an element with which process, and which bytes that needs: asked alike to audition and to apply."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings

from ledger.domain.events import Parent, ProcessInput
from production import limits
from production.errors import NoLicenceError, UnknownElementError, UnsuitableError
from production.media import of_type
from production.models import Version
from production.permissions import may_have
from production.processes import registry
from production.processes.base import Parameter, Process
from production.services.elements import check_may_derive
from production.stores import content


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A process, checked against the element it is to work on and against the party that asks.

    parameters : as the ledger writes them
    inputs : versions, the one worked on first
    owned : the actor made the element, so the result is its next version; else it becomes an element of its own
    """

    process: Process
    parameters: dict[str, Any]
    inputs: tuple[Version, ...]
    owned: bool

    @property
    def version(self) -> Version:
        """What is worked on."""
        return self.inputs[0]

    def named(self) -> tuple[ProcessInput, ...]:
        """The inputs as the ledger names them."""
        return tuple(ProcessInput(element_id=one.element_id, content_hash=one.content_hash) for one in self.inputs)

    def as_arguments(self) -> dict[str, Any]:
        """For a job: everything that decides the result."""
        return {
            "element_id": str(self.version.element_id),
            "process": self.process.name,
            "parameters": self.parameters,
            "inputs": [{"element_id": str(v.element_id), "content_hash": v.content_hash} for v in self.inputs],
        }

    def work(self) -> tuple[bytes, dict[str, Any]]:
        """The bytes and arguments of the confined work."""
        files = [content.get(one.content_hash, verify=True) for one in self.inputs]
        sizes = [len(one) for one in files]
        return b"".join(files), {"name": self.process.name, "parameters": self.parameters, "sizes": sizes}


def call(
    *,
    element_id: UUID,
    process: str,
    parameters: Mapping[str, Any],
    actor_id: UUID,
    number: int | None = None,
    is_audition: bool = False,
) -> Call:
    """Check everything that can be checked before work starts.

    number : the version to work on; the newest that the actor may have unless told otherwise
    is_audition : whether it is only auditioned

    Raises
    ------
    UnknownElementError, UnknownProcessError
        If there is no such element, version or process.
    NoLicenceError
        If the actor neither made the element nor may build on it, or may not use another input.
    UnsuitableError, BadParameterError
        If the process cannot work on it, or not with these parameters.
    """
    found = registry.get(process)
    version = usable(element_id, actor_id, number=number)
    owned = version.element.creator_id == actor_id
    if not owned:
        check_may_derive(actor_id, element_id)
    if not found.suits(kind=version.element.kind, media=of_type(version.media_type).name):
        raise UnsuitableError
    checked = found.read(parameters)
    if found.makes == "figures" and not is_audition:
        raise UnsuitableError("This only measures: there is nothing to keep of it.")
    check = getattr(registry.room_of(found.room), "check", None)
    if check is not None:
        check(found, checked)
    inputs = (version, *_others(found, checked, version, actor_id))
    if sum(one.size_bytes for one in inputs) > limits.PROCESS_INPUT_BYTES_MAX:
        raise UnsuitableError(
            f"The workbench takes at most {limits.PROCESS_INPUT_BYTES_MAX // limits.MIB} MiB at once: "
            "cut the recording into parts first."
        )
    return Call(process=found, parameters=found.written(checked), inputs=inputs, owned=owned)


def call_again(arguments: Mapping[str, Any], *, actor_id: UUID) -> Call:
    """The call of a job that was asked for earlier: the same bytes, as far as the party may still have them.

    Raises
    ------
    NoLicenceError, UnknownElementError
        If a licence has ended since, or a version is gone.
    """
    found = registry.get(str(arguments["process"]))
    inputs = tuple(
        _version_of(UUID(str(one["element_id"])), str(one["content_hash"]), actor_id) for one in arguments["inputs"]
    )
    owned = inputs[0].element.creator_id == actor_id
    if not owned:
        check_may_derive(actor_id, inputs[0].element_id)
    return Call(process=found, parameters=dict(arguments["parameters"]), inputs=inputs, owned=owned)


def usable(element_id: UUID, actor_id: UUID, *, number: int | None = None) -> Version:
    """A version that the actor may have: the one with this number, else the newest.

    Raises
    ------
    UnknownElementError, NoLicenceError
        If there is none, or the actor may have none.
    """
    versions = Version.objects.select_related("element").filter(element_id=element_id).order_by("-number")
    if number is not None:
        versions = versions.filter(number=number)
    found = list(versions)
    if not found:
        raise UnknownElementError
    for version in found:
        if may_have(actor_id, element_id, version.content_hash):
            return version
    raise NoLicenceError


def parent_of(version: Version, actor_id: UUID) -> Parent:
    """What flows back to the element worked on: what its terms ask; by policy the share of a generated one."""
    right = check_may_derive(actor_id, version.element_id)
    wanted = right.terms.upstream_ppm if right.terms else settings.GENERATION_UPSTREAM_PPM
    share = min(max(wanted, right.upstream_ppm_min), right.upstream_ppm_max)
    return Parent(element_id=version.element_id, upstream_ppm=share)


def _others(found: Process, parameters: Mapping[str, Any], version: Version, actor_id: UUID) -> list[Version]:
    """Further inputs that parameters name: another version of the same element, or elements to work with.

    A room with inputs inside a parameter (a chain's impulse responses) says with `further` which they are.
    """
    others = []
    for one in found.parameters:
        value = parameters[one.name]
        if one.kind == "version":
            others.append(usable(version.element_id, actor_id, number=int(value)))
        elif one.kind == "element" and value:
            others.append(_usable_as(one, value, actor_id))
    return others + further(found, parameters, actor_id)


def further(found: Process, parameters: Mapping[str, Any], actor_id: UUID) -> list[Version]:
    """The inputs that stand inside a parameter, if the process has such: the actor may use each of them.

    Raises
    ------
    BadParameterError, UnknownElementError, NoLicenceError, UnsuitableError
        If one is no element, or none that the actor may use so.
    """
    named = getattr(registry.room_of(found.room), "further", None)
    return [_usable_as(one, value, actor_id) for one, value in named(parameters)] if named else []


def _usable_as(parameter: Parameter, element_id: str, actor_id: UUID) -> Version:
    """The newest version of an element that the actor may use for this parameter."""
    try:
        other = usable(UUID(element_id), actor_id)
    except (UnknownElementError, NoLicenceError) as error:
        raise type(error)(
            f"“{parameter.words}” names an element that you neither made nor hold a licence for."
        ) from error
    is_of_kind = other.element.kind in parameter.takes
    if not is_of_kind or (parameter.media and of_type(other.media_type).name not in parameter.media):
        raise UnsuitableError(f"“{parameter.words}” cannot be this element.")
    return other


def _version_of(element_id: UUID, content_hash: str, actor_id: UUID) -> Version:
    if not may_have(actor_id, element_id, content_hash):
        raise NoLicenceError
    version = (
        Version.objects.select_related("element")
        .filter(element_id=element_id, content_hash=content_hash)
        .order_by("-number")
        .first()
    )
    if version is None:
        raise UnknownElementError
    return version
