"""The folder that changed facts give. Files that no change concerns stay as they are, byte for byte."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import polars as pl

from ledger.domain.corrections.changes import (
    Change,
    FileReplaced,
    LabelShareCorrected,
    LineAdded,
    LineChanged,
    LineRemoved,
    LineReversed,
    RunRestored,
    ShareRow,
    SplitCorrected,
    UpstreamCorrected,
)
from ledger.domain.errors import LedgerError
from ledger.domain.settlement.period import ContractRow, DerivationRow, SplitRow
from ledger.domain.settlement.write import csv_bytes

Row = dict[str, str]
Files = Mapping[str, bytes]

REPLACEABLE = ("splits.csv", "revenue.csv", "derivations.csv", "contracts.csv")
"""The files that hold facts of sales and rights; what a run opened with, and how it paid, is history."""


class ChangeError(LedgerError):
    """A change does not fit the run that it is to correct; nothing was computed."""

    code = "change_does_not_fit"

    def __init__(self, number: int, told: str) -> None:
        super().__init__(f"change {number}: {told}")
        self.number = number


class Supply(Protocol):
    """What the ledger knows of rights that the folder has no row for."""

    def contracts(self, element_id: str, epoch: str, shares: Sequence[ShareRow]) -> Sequence[ContractRow]:
        """The contracts in force for these owners of an element in one of its epochs."""
        ...

    def element(self, element_id: str) -> tuple[Sequence[SplitRow], Sequence[DerivationRow], Sequence[ContractRow]]:
        """The newest rights of an element and all that it flows back to, as a folder would name them."""
        ...


def applied(
    files: Files,
    changes: Sequence[Change],
    *,
    supply: Supply,
    folder: Callable[[str], Files],
    document: Callable[[str], bytes],
) -> dict[str, bytes]:
    """The folder after these changes, in their order.

    Parameters
    ----------
    folder, document : the files of an inputs hash, and the bytes of a content hash

    Raises
    ------
    ChangeError
        If a change names what the run does not have.
    """
    edited = _Folder(files)
    for number, change in enumerate(changes, start=1):
        try:
            match change:
                case RunRestored():
                    edited = _Folder(folder(change.inputs_hash))
                case FileReplaced():
                    edited.replace(change.name, document(change.content_hash))
                case SplitCorrected():
                    _split(edited, change, supply)
                case LineAdded():
                    _add(edited, change, supply)
                case LineReversed():
                    _reverse(edited, change)
                case LineChanged():
                    line = edited.line(change.line_id)
                    line.update(_money(change.gross_minor, change.tax_minor, change.fee_minor))
                    edited.touch("revenue.csv")
                case LineRemoved():
                    line = edited.line(change.line_id)
                    edited.set("revenue.csv", [row for row in edited.rows("revenue.csv") if row is not line])
                case UpstreamCorrected():
                    _upstream(edited, change)
                case LabelShareCorrected():
                    _label_share(edited, change)
        except _MisfitError as error:
            raise ChangeError(number, str(error)) from error
    return edited.files()


class _MisfitError(Exception):
    """Something named is not there."""


class _Folder:
    """Files, read as rows where a change needs them."""

    def __init__(self, files: Files) -> None:
        self._files = dict(files)
        self._rows: dict[str, list[Row]] = {}
        self._columns: dict[str, list[str]] = {}
        self._touched: set[str] = set()

    def rows(self, name: str) -> list[Row]:
        if name not in self._rows:
            try:
                self._columns[name], self._rows[name] = read_rows(self._files[name])
            except pl.exceptions.PolarsError as error:
                raise _MisfitError(f"{name} cannot be read: {error}") from error
        return self._rows[name]

    def set(self, name: str, rows: Iterable[Row]) -> None:
        self.rows(name)
        self._rows[name] = list(rows)
        self.touch(name)

    def touch(self, name: str) -> None:
        self._touched.add(name)

    def replace(self, name: str, content: bytes) -> None:
        if name not in REPLACEABLE:
            raise _MisfitError(f"{name} cannot be replaced, only {', '.join(REPLACEABLE)}")
        self._files[name] = content
        self._rows.pop(name, None)
        self._touched.discard(name)

    def line(self, line_id: str) -> Row:
        for row in self.rows("revenue.csv"):
            if row["line_id"] == line_id:
                return row
        raise _MisfitError(f"the run has no line {line_id}")

    def files(self) -> dict[str, bytes]:
        for name in self._touched:
            schema = dict.fromkeys(self._columns[name], pl.String())
            self._files[name] = csv_bytes(pl.DataFrame(self._rows[name], schema=schema))
        return self._files


def read_rows(content: bytes) -> tuple[list[str], list[Row]]:
    """Columns and rows of a file of the folder form, everything as text."""
    table = pl.read_csv(content, infer_schema=False).fill_null("")
    return table.columns, table.to_dicts()


def true_id(element_id: str) -> str:
    """The element behind an (element, epoch) of a folder."""
    return element_id.partition(" ")[0]


def _epoch(element_id: str) -> int:
    """Where an (element, epoch) starts; a folder without epochs has one, before everything."""
    mark = element_id.partition(" @")[2]
    return int(mark) if mark else -1


def _holds_in(element_id: str, from_position: int | None) -> bool:
    """Whether a change from that position on concerns this epoch of an element."""
    return from_position is None or _epoch(element_id) >= from_position


def _money(gross_minor: int, tax_minor: int, fee_minor: int) -> Row:
    return {"gross_minor": str(gross_minor), "tax_minor": str(tax_minor), "fee_minor": str(fee_minor)}


def _split(folder: _Folder, change: SplitCorrected, supply: Supply) -> None:
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for row in folder.rows("splits.csv"):
        name = row["element_id"]
        if true_id(name) == change.element_id and _holds_in(name, change.from_position):
            owners[name].add(row["party_id"])
    if not owners:
        raise _MisfitError(f"no sale of the run concerns the element {change.element_id} there")
    folder.set("splits.csv", _divided(folder.rows("splits.csv"), owners, change.shares))
    for name, before in owners.items():
        new = [share for share in change.shares if share.party_id not in before]
        if new:
            _sign(folder, supply.contracts(change.element_id, name, change.shares), {one.party_id for one in new})


def _divided(rows: Sequence[Row], names: Iterable[str], shares: Sequence[ShareRow]) -> Iterator[Row]:
    """The rows with the new shares where those of these elements stood."""
    waiting = set(names)
    chosen = frozenset(waiting)
    for row in rows:
        name = row["element_id"]
        if name not in chosen:
            yield row
        elif name in waiting:
            waiting.discard(name)
            for share in shares:
                values = {"party_id": share.party_id, "role": share.role, "share_ppm": str(share.share_ppm)}
                yield {"element_id": name, **values}


def _sign(folder: _Folder, contracts: Iterable[ContractRow], parties: set[str] | None = None) -> None:
    """Contracts of these parties, under ids of their own; one that stands already is left as it is."""
    rows = folder.rows("contracts.csv")
    standing = {(row["party_id"], row["element_id"]) for row in rows}
    ids = {row["contract_id"] for row in rows}
    for one in contracts:
        if (one.party_id, one.element_id) in standing or (parties is not None and one.party_id not in parties):
            continue
        base = true_id(one.contract_id)
        number = next(n for n in range(1, len(ids) + 2) if f"{base} +{n}" not in ids)
        ids.add(f"{base} +{number}")
        values = one._replace(contract_id=f"{base} +{number}")._asdict()
        rows.append({name: str(value) for name, value in values.items()})
        folder.touch("contracts.csv")


def _add(folder: _Folder, change: LineAdded, supply: Supply) -> None:
    if any(row["line_id"] == change.line_id for row in folder.rows("revenue.csv")):
        raise _MisfitError(f"the run has a line {change.line_id} already")
    known = {row["element_id"] for row in folder.rows("splits.csv")}
    name = change.element_id
    if name not in known:
        epochs = sorted((one for one in known if true_id(one) == change.element_id), key=_epoch)
        name = epochs[-1] if epochs else _supplied(folder, change.element_id, known, supply)
    _append_line(folder, change.line_id, name, change)


def _append_line(folder: _Folder, line_id: str, element: str, change: LineAdded | LineReversed, sign: int = 1) -> None:
    currency = change.currency if isinstance(change, LineAdded) else folder.line(change.line_id)["currency"]
    folder.rows("revenue.csv").append(
        {
            "line_id": line_id,
            "element_id": element,
            "kind": change.kind,
            "currency": currency,
            **_money(sign * change.gross_minor, sign * change.tax_minor, sign * change.fee_minor),
            "occurred_at": change.occurred_at,
        }
    )
    folder.touch("revenue.csv")


def _supplied(folder: _Folder, element_id: str, known: set[str], supply: Supply) -> str:
    """Rows of an element that the run did not know, and of all it flows back to; its name in the folder."""
    splits, derivations, contracts = supply.element(element_id)
    name = next((row.element_id for row in splits if true_id(row.element_id) == element_id), None)
    if name is None:
        raise _MisfitError(f"the ledger knew no element {element_id} when the run was calculated")
    for file, rows, of in (("splits.csv", splits, "element_id"), ("derivations.csv", derivations, "child_id")):
        fresh = [row for row in rows if getattr(row, of) not in known]
        folder.set(file, [*folder.rows(file), *({k: str(v) for k, v in row._asdict().items()} for row in fresh)])
    _sign(folder, [one for one in contracts if one.element_id not in known])
    return name


def _reverse(folder: _Folder, change: LineReversed) -> None:
    sale = folder.line(change.line_id)
    taken = {row["line_id"] for row in folder.rows("revenue.csv")}
    number = next(n for n in range(1, len(taken) + 2) if f"{change.line_id}/{change.kind}-{n}" not in taken)
    _append_line(folder, f"{change.line_id}/{change.kind}-{number}", sale["element_id"], change, sign=-1)


def _upstream(folder: _Folder, change: UpstreamCorrected) -> None:
    found = [
        row
        for row in folder.rows("derivations.csv")
        if (true_id(row["child_id"]), true_id(row["parent_id"])) == (change.child_id, change.parent_id)
        and _holds_in(row["child_id"], change.from_position)
    ]
    if not found:
        raise _MisfitError(f"in the run {change.child_id} is not made from {change.parent_id} there")
    for row in found:
        row["upstream_ppm"] = str(change.upstream_ppm)
    folder.touch("derivations.csv")


def _label_share(folder: _Folder, change: LabelShareCorrected) -> None:
    found = [
        row
        for row in folder.rows("contracts.csv")
        if row["party_id"] == change.party_id
        and change.element_id in ("", true_id(row["element_id"]))
        and _holds_in(row["element_id"], change.from_position)
    ]
    if not found:
        raise _MisfitError(f"the run has no contract of {change.party_id} there")
    for row in found:
        row["label_ppm"] = str(change.label_ppm)
    folder.touch("contracts.csv")
