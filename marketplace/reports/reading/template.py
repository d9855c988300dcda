"""How a source writes its reports: which column says what, and how figures and dates are written."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

FIELDS = (
    "our_id",
    "isrc",
    "iswc",
    "title",
    "artist",
    "amount",
    "currency",
    "quantity",
    "date",
    "store",
    "kind",
)
"""What a column can mean. `store` is the shop within the source, `kind` tells sales from returns."""

NAMING_FIELDS = ("our_id", "isrc", "iswc", "title")
DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%Y-%m", "%m/%Y", "%Y%m")
ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")
DELIMITERS = (",", ";", "\t", "|")
DECIMAL_MARKS = (".", ",")
THOUSANDS_MARKS = ("", ",", ".", " ", "'")
SIGNS = ("as_written", "negated")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The mapping of one source; kept whole, by hash, with every report booked by it.

    `columns` maps a field to the names of one or more columns, whose cells are joined by a space. Rows before the
    header and after the last line that counts are skipped by number. Where `kind` is mapped, lines whose cell is one of
    `negative_kinds` count below zero, whatever sign they carry. `stores` maps a store's name as written to the one
    we use.
    """

    columns: Mapping[str, tuple[str, ...]]
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    skip_rows: int = 0
    skip_last: int = 0
    decimal_mark: str = "."
    thousands_mark: str = ""
    date_format: str = "%Y-%m-%d"
    constant_currency: str = ""
    sign: str = "as_written"
    negative_kinds: tuple[str, ...] = ()
    stores: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def to_json(self) -> str:
        """One canonical text: the same mapping always has the same hash."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Template:
        """The inverse of `to_json`."""
        return cls.from_values(json.loads(text))

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Template:
        """From JSON values."""
        known = {name: values[name] for name in (field.name for field in dataclasses.fields(cls)) if name in values}
        known["columns"] = {name: tuple(columns) for name, columns in known.get("columns", {}).items()}
        known["negative_kinds"] = tuple(known.get("negative_kinds", ()))
        return cls(**known)

    def faults(self, header: list[str]) -> list[str]:
        """Why no file with this header can be read with this mapping; empty if one can."""
        found = []
        if not self.columns.get("amount"):
            found.append("Say which column holds the amount.")
        if not any(self.columns.get(name) for name in NAMING_FIELDS):
            found.append("Say which column names what was sold: our id, an ISRC, an ISWC or a title.")
        if not self.columns.get("currency") and not self.constant_currency:
            found.append("Say which column holds the currency, or which currency all lines are in.")
        if self.decimal_mark == self.thousands_mark:
            found.append("Decimals and thousands cannot be marked by the same character.")
        missing = {column for columns in self.columns.values() for column in columns} - set(header)
        found += [f"This file has no column “{column}”." for column in sorted(missing)]
        return found
