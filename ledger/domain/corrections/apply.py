"""The folder that changed facts give. Files that no change concerns stay as they are, byte for byte."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from ledger.domain.corrections.changes import (
    Change,
    FileReplaced,
    LabelShareCorrected,
    LineAdded,
    LineChanged,
    LineRemoved,
    LineReversed,
    ParentAdded,
    RunRestored,
    ShareRow,
    SplitCorrected,
    UpstreamCorrected,
)
from ledger.domain.corrections.edited import (
    EditedFolder,
    Files,
    MisfitError,
    Row,
    epoch_of,
    holds_in,
    money_of,
    true_id,
)
from ledger.domain.errors import LedgerError
from ledger.domain.settlement.period import ContractRow, DerivationRow, SplitRow


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
    edited = EditedFolder(files)
    for number, change in enumerate(changes, start=1):
        try:
            match change:
                case RunRestored():
                    edited = EditedFolder(folder(change.inputs_hash))
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
                    line.update(money_of(change.gross_minor, change.tax_minor, change.fee_minor))
                    edited.touch("revenue.csv")
                case LineRemoved():
                    line = edited.line(change.line_id)
                    edited.set("revenue.csv", [row for row in edited.rows("revenue.csv") if row is not line])
                case UpstreamCorrected():
                    _upstream(edited, change)
                case ParentAdded():
                    _add_parent(edited, change, supply)
                case LabelShareCorrected():
                    _label_share(edited, change)
        except MisfitError as error:
            raise ChangeError(number, str(error)) from error
    return edited.files()


def _split(folder: EditedFolder, change: SplitCorrected, supply: Supply) -> None:
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for row in folder.rows("splits.csv"):
        name = row["element_id"]
        if true_id(name) == change.element_id and holds_in(name, change.from_position):
            owners[name].add(row["party_id"])
    if not owners:
        raise MisfitError(f"no sale of the run concerns the element {change.element_id} there")
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


def _sign(folder: EditedFolder, contracts: Iterable[ContractRow], parties: set[str] | None = None) -> None:
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


def _add(folder: EditedFolder, change: LineAdded, supply: Supply) -> None:
    if any(row["line_id"] == change.line_id for row in folder.rows("revenue.csv")):
        raise MisfitError(f"the run has a line {change.line_id} already")
    known = {row["element_id"] for row in folder.rows("splits.csv")}
    name = change.element_id
    if name not in known:
        epochs = sorted((one for one in known if true_id(one) == change.element_id), key=epoch_of)
        name = epochs[-1] if epochs else _supplied(folder, change.element_id, known, supply)
    _append_line(folder, change.line_id, name, change)


def _append_line(
    folder: EditedFolder, line_id: str, element: str, change: LineAdded | LineReversed, sign: int = 1
) -> None:
    currency = change.currency if isinstance(change, LineAdded) else folder.line(change.line_id)["currency"]
    folder.rows("revenue.csv").append(
        {
            "line_id": line_id,
            "element_id": element,
            "kind": change.kind,
            "currency": currency,
            **money_of(sign * change.gross_minor, sign * change.tax_minor, sign * change.fee_minor),
            "occurred_at": change.occurred_at,
        }
    )
    folder.touch("revenue.csv")


def _supplied(folder: EditedFolder, element_id: str, known: set[str], supply: Supply) -> str:
    """Rows of an element that the run did not know, and of all it flows back to; its name in the folder."""
    splits, derivations, contracts = supply.element(element_id)
    name = next((row.element_id for row in splits if true_id(row.element_id) == element_id), None)
    if name is None:
        raise MisfitError(f"the ledger knew no element {element_id} when the run was calculated")
    for file, rows, of in (("splits.csv", splits, "element_id"), ("derivations.csv", derivations, "child_id")):
        fresh = [row for row in rows if getattr(row, of) not in known]
        folder.set(file, [*folder.rows(file), *({k: str(v) for k, v in row._asdict().items()} for row in fresh)])
    _sign(folder, [one for one in contracts if one.element_id not in known])
    return name


def _reverse(folder: EditedFolder, change: LineReversed) -> None:
    sale = folder.line(change.line_id)
    taken = {row["line_id"] for row in folder.rows("revenue.csv")}
    number = next(n for n in range(1, len(taken) + 2) if f"{change.line_id}/{change.kind}-{n}" not in taken)
    _append_line(folder, f"{change.line_id}/{change.kind}-{number}", sale["element_id"], change, sign=-1)


def _upstream(folder: EditedFolder, change: UpstreamCorrected) -> None:
    found = [
        row
        for row in folder.rows("derivations.csv")
        if (true_id(row["child_id"]), true_id(row["parent_id"])) == (change.child_id, change.parent_id)
        and holds_in(row["child_id"], change.from_position)
    ]
    if not found:
        raise MisfitError(f"in the run {change.child_id} is not made from {change.parent_id} there")
    for row in found:
        row["upstream_ppm"] = str(change.upstream_ppm)
    folder.touch("derivations.csv")


def _add_parent(folder: EditedFolder, change: ParentAdded, supply: Supply) -> None:
    """The parent takes part with the rights that it has where an epoch of the child begins.

    If the run had no sale of its family, with those at the run's cut-off.
    """
    names = {row["element_id"] for row in folder.rows("splits.csv")}
    children = [one for one in names if true_id(one) == change.child_id and holds_in(one, change.from_position)]
    if not children:
        raise MisfitError(f"no sale of the run concerns the element {change.child_id} there")
    if change.parent_id == change.child_id:
        raise MisfitError("an element is not made from itself")
    edges = folder.rows("derivations.csv")
    fresh: list[Row] = []
    for child in sorted(children, key=epoch_of):
        known = {true_id(row["parent_id"]) for row in [*edges, *fresh] if row["child_id"] == child}
        if change.parent_id in known:
            raise MisfitError(
                f"{change.child_id} is made from {change.parent_id} already there: say what it was to pass on"
            )
        parent = _in_force(folder, change.parent_id, epoch_of(child), supply)
        fresh.append({"child_id": child, "parent_id": parent, "upstream_ppm": str(change.upstream_ppm)})
    folder.set("derivations.csv", [*folder.rows("derivations.csv"), *fresh])


def _in_force(folder: EditedFolder, element_id: str, position: int, supply: Supply) -> str:
    """The name of an element's epoch at a position: the last that had begun, else the first there is."""
    names = {row["element_id"] for row in folder.rows("splits.csv")}
    epochs = sorted((one for one in names if true_id(one) == element_id), key=epoch_of)
    if not epochs:
        return _supplied(folder, element_id, names, supply)
    begun = [one for one in epochs if epoch_of(one) <= position]
    return begun[-1] if begun else epochs[0]


def _label_share(folder: EditedFolder, change: LabelShareCorrected) -> None:
    found = [
        row
        for row in folder.rows("contracts.csv")
        if row["party_id"] == change.party_id
        and change.element_id in ("", true_id(row["element_id"]))
        and holds_in(row["element_id"], change.from_position)
    ]
    if not found:
        raise MisfitError(f"the run has no contract of {change.party_id} there")
    for row in found:
        row["label_ppm"] = str(change.label_ppm)
    folder.touch("contracts.csv")
