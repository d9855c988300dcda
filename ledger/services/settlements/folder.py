"""The folder of a run as documents of the ledger: anyone who has it can settle it again with `manage.py settle`."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ledger import selectors
from ledger.domain import canonical
from ledger.domain.errors import WrongStateError
from ledger.domain.settlement.inputs import SettlementInputs
from ledger.domain.settlement.read import read_folder
from ledger.domain.settlement.result import SettlementResult, StatementRow
from ledger.domain.settlement.write import csv_bytes, tables_of
from ledger.services import documents

Files = Mapping[str, bytes]
_TYPES = {".csv": "text/csv", ".json": "application/json"}


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file of the folder form: UTF-8, header, LF."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def read(files: Files) -> SettlementInputs:
    """The inputs of a run, through the same door that `manage.py settle` uses.

    Raises
    ------
    BadInputError
        If the folder is faulty: a mistake in what the site gathered, never passed on.
    """
    with tempfile.TemporaryDirectory(prefix="settlement-") as place:
        for name, data in files.items():
            (Path(place) / name).write_bytes(data)
        return read_folder(Path(place))


def statement_rows(files: Files) -> list[StatementRow]:
    """The rows of a kept statements.csv: what a run gives, without settling it again."""
    rows = csv.DictReader(io.StringIO(files["statements.csv"].decode()))
    return [
        StatementRow(**{name: (text if name in ("party_id", "currency") else int(text)) for name, text in row.items()})  # type: ignore[arg-type]
        for row in rows
    ]


def outputs(result: SettlementResult) -> dict[str, bytes]:
    """The three files of a result."""
    return {name: csv_bytes(rows) for name, rows in tables_of(result).items()}


def keep(files: Files) -> str:
    """Store every file and a manifest of their hashes; returns the manifest's hash, which binds them all."""
    manifest = canonical.encode({name: hashlib.sha256(data).hexdigest() for name, data in files.items()})
    for name, data in files.items():
        documents.keep(data, media_type=_TYPES.get(Path(name).suffix, "application/octet-stream"))
    return documents.keep(manifest, media_type="application/json")


def manifest_hash(files: Files) -> str:
    """The hash that `keep` would return."""
    names = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return hashlib.sha256(canonical.encode(names)).hexdigest()


def load(manifest: str) -> dict[str, bytes]:
    """The files that a manifest binds."""
    return {name: _document(digest) for name, digest in json.loads(_document(manifest)).items()}


def file(manifest: str, name: str) -> bytes:
    """One file of a manifest."""
    return _document(json.loads(_document(manifest))[name])


def _document(digest: str) -> bytes:
    data = selectors.document(digest)
    if data is None:
        raise WrongStateError(f"the document {digest} is missing")
    return data
