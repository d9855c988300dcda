"""What is wrong with the input of a run, and where."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from ledger.domain.errors import LedgerError
from ledger.domain.settlement.limits import FAULTS_MAX
from ledger.domain.settlement.schema import FILES


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `line` is the row's first line in the file (1: the header, 0: the file itself)."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class BadInputError(LedgerError):
    """The input of a settlement run is faulty; nothing was computed or written.

    `faults` are the first ones in the order of files, lines and columns; `more` counts those left out.
    """

    code = "bad_settlement_input"

    def __init__(self, faults: tuple[Fault, ...], more: int) -> None:
        super().__init__("\n".join(self.lines_of(faults, more)))
        self.faults = faults
        self.more = more

    @staticmethod
    def lines_of(faults: tuple[Fault, ...], more: int) -> list[str]:
        """One line per fault, then the count of the rest."""
        return [*map(str, faults), *([f"and {more} more faults" if more > 1 else "and 1 more fault"] if more else [])]

    @property
    def lines(self) -> list[str]:
        """What a command prints: one line per fault, then the count of the rest."""
        return self.lines_of(self.faults, self.more)


class FaultList:
    """Collects faults from every check, so that one run tells them all."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._uncounted = 0

    def add(self, file: str, line: int, column: str, message: str) -> None:
        """Note one fault."""
        self._faults.append(Fault(file, line, column, message))

    def extend(self, faults: Iterable[Fault], *, uncounted: int = 0) -> None:
        """Note the first faults of a check, and how many more of its kind come later in the file."""
        self._faults.extend(faults)
        self._uncounted += uncounted

    def take(self, other: FaultList) -> None:
        """Note all that another list holds."""
        self.extend(other._faults, uncounted=other._uncounted)

    def __len__(self) -> int:
        return len(self._faults) + self._uncounted

    def raise_if_any(self) -> None:
        """End the run if anything is wrong.

        Raises
        ------
        BadInputError
            With at most 50 faults, first those that come first, and a count.
        """
        if not len(self):
            return
        place = {name: index for index, name in enumerate(FILES)}
        ordered = sorted(self._faults, key=lambda f: (place[f.file], f.line, f.column, f.message))
        raise BadInputError(tuple(ordered[:FAULTS_MAX]), len(self) - len(ordered[:FAULTS_MAX]))
