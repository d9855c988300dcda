"""The facts that can be told otherwise, as data: a list of these is a document of its own, bound by its hash."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, TypeAlias

from ledger.domain import canonical
from ledger.domain.errors import MalformedEventError


class ShareRow(NamedTuple):
    """One party's part of a corrected split."""

    party_id: str
    role: str
    share_ppm: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SplitCorrected:
    """An element was to be divided so: for all of the run's sales, or for those from a position of the log on."""

    change: ClassVar[str] = "split"
    element_id: str
    shares: tuple[ShareRow, ...]
    from_position: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LineAdded:
    """Money that belongs to the period and was not in it: late revenue. What was taken back is its sale's."""

    change: ClassVar[str] = "line_added"
    line_id: str
    element_id: str
    kind: str
    currency: str
    gross_minor: int
    tax_minor: int
    fee_minor: int
    occurred_at: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LineReversed:
    """A sale of the run that was refunded or charged back, in whole or part, with the rights of the sale."""

    change: ClassVar[str] = "line_reversed"
    line_id: str
    kind: str
    gross_minor: int
    tax_minor: int
    fee_minor: int
    occurred_at: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LineChanged:
    """A line of the run came to other amounts."""

    change: ClassVar[str] = "line_changed"
    line_id: str
    gross_minor: int
    tax_minor: int
    fee_minor: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LineRemoved:
    """A line of the run did not belong into it: a refund that never was, a sale counted twice."""

    change: ClassVar[str] = "line_removed"
    line_id: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamCorrected:
    """A child was to pay this much to one of its parents: for all of the run's sales, or those from a position on."""

    change: ClassVar[str] = "upstream"
    child_id: str
    parent_id: str
    upstream_ppm: int
    from_position: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ParentAdded:
    """A child was made from an element that nobody had declared, and was to pay it this much.

    For all of the run's sales of the child, or for those from a position of the log on.
    """

    change: ClassVar[str] = "parent_added"
    child_id: str
    parent_id: str
    upstream_ppm: int
    from_position: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LabelShareCorrected:
    """A label was to take this share of what a party received: of one element, or (empty) of all under contract.

    For all of the run's sales, or for those from a position of the log on.
    """

    change: ClassVar[str] = "label_share"
    party_id: str
    element_id: str
    label_ppm: int
    from_position: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FileReplaced:
    """A whole file of the folder, as uploaded; the document with these bytes is named by its SHA-256."""

    change: ClassVar[str] = "file"
    name: str
    content_hash: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunRestored:
    """Everything as in the folder of this hash: undoes corrections without editing them."""

    change: ClassVar[str] = "restored"
    inputs_hash: str


Change: TypeAlias = (
    SplitCorrected
    | LineAdded
    | LineReversed
    | LineChanged
    | LineRemoved
    | UpstreamCorrected
    | ParentAdded
    | LabelShareCorrected
    | FileReplaced
    | RunRestored
)

_CLASSES: dict[str, type[Any]] = {
    cls.change: cls
    for cls in (
        SplitCorrected,
        LineAdded,
        LineReversed,
        LineChanged,
        LineRemoved,
        UpstreamCorrected,
        ParentAdded,
        LabelShareCorrected,
        FileReplaced,
        RunRestored,
    )
}


def encode_changes(changes: Sequence[Change]) -> bytes:
    """The document of a list of changes: canonical JSON, so the same changes have the same hash."""
    return canonical.encode([{"change": one.change, **_fields(one)} for one in changes])


def _fields(change: Change) -> dict[str, Any]:
    values = {field.name: getattr(change, field.name) for field in dataclasses.fields(change)}
    if "shares" in values:
        values["shares"] = [share._asdict() for share in values["shares"]]
    return values


def decode_changes(document: bytes) -> tuple[Change, ...]:
    """The changes of a document.

    Raises
    ------
    MalformedEventError
        If it is no such list.
    """
    try:
        found = json.loads(document)
        if not isinstance(found, list):
            raise TypeError(f"a {type(found).__name__}")
        return tuple(_decoded(dict(one)) for one in found)
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedEventError(f"this is no list of changes: {error}") from error


def _decoded(values: dict[str, Any]) -> Change:
    cls = _CLASSES[values.pop("change")]
    if "shares" in values:
        values["shares"] = tuple(ShareRow(**share) for share in values["shares"])
    found: Change = cls(**values)
    return found
