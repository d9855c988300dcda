"""The split rows of the publish page: read from the form, checked with words a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import get_args
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import QueryDict

from ledger.domain.events import Role, Share
from marketplace.accounts.services import party_for

PPM = 1_000_000
ROWS_MAX = 50
ROLES: tuple[str, ...] = get_args(Role)


class SplitFormError(Exception):
    """The rows make no split; `problems` says why, row by row."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRow:
    """One row as typed: whom (by e-mail), as what, how much in percent."""

    email: str
    role: str
    percent: str


def rows_of(post: QueryDict) -> list[SplitRow]:
    """The rows of a submitted form; rows left wholly empty are skipped."""
    columns = zip(post.getlist("party"), post.getlist("role"), post.getlist("percent"), strict=False)
    rows = [SplitRow(email=email.strip(), role=role, percent=percent.strip()) for email, role, percent in columns]
    return [row for row in rows if row.email or row.percent][:ROWS_MAX]


def shares_of(rows: Sequence[SplitRow], *, actor_id: UUID) -> tuple[Share, ...]:
    """Shares in ppm; people without an account are invited and become parties whose share waits in escrow.

    Raises
    ------
    SplitFormError
        With every problem at once.
    """
    problems, parsed = [], []
    for number, row in enumerate(rows, start=1):
        ppm = _ppm(row.percent)
        if ppm is None:
            problems.append(f"Row {number}: “{row.percent}” is no percentage with at most four decimals.")
        if row.role not in ROLES:
            problems.append(f"Row {number}: choose a role.")
        try:
            validate_email(row.email)
        except ValidationError:
            problems.append(f"Row {number}: “{row.email}” is no e-mail address.")
        parsed.append((row.email, row.role, ppm or 0))
    total = sum(ppm for _, _, ppm in parsed)
    if not problems and total != PPM:
        problems.append(f"The shares sum to {Decimal(total) / 10_000:f} %, they must sum to 100 %.")
    if problems:
        raise SplitFormError(problems)
    return tuple(
        Share(party_id=party_for(email=email, invited_by=actor_id), role=role, share_ppm=ppm)  # type: ignore[arg-type]
        for email, role, ppm in parsed
    )


def _ppm(text: str) -> int | None:
    try:
        value = Decimal(text.replace(",", ".").removesuffix("%").strip()) * 10_000
    except InvalidOperation:
        return None
    return int(value) if value.is_finite() and value == int(value) and 0 <= value <= PPM else None
