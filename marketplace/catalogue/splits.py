"""The split rows of a form: read from the form, checked with words a person can act on."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import get_args
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import QueryDict

from ledger import selectors as ledger
from ledger.domain.events import Role, Share
from marketplace.accounts.services import party_for

PPM = 1_000_000
PRICE_MINOR_READ_MAX = 10**8
ROWS_MAX = 50
ROLES: tuple[str, ...] = get_args(Role)


class SplitFormError(Exception):
    """The rows make no split; `problems` says why, row by row."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRow:
    """One row as typed: whom (by e-mail, or who is in the split already), as what, how much in percent."""

    email: str
    role: str
    percent: str
    party_id: str = ""
    name: str = ""


def rows_of(post: QueryDict) -> list[SplitRow]:
    """The rows of a submitted form; rows left wholly empty are skipped."""
    emails = post.getlist("party")
    known = post.getlist("party_id") or [""] * len(emails)
    columns = zip(emails, post.getlist("role"), post.getlist("percent"), known, strict=False)
    names = _names(known)
    rows = [
        SplitRow(email=email.strip(), role=role, percent=percent.strip(), party_id=party, name=names.get(party, ""))
        for email, role, percent, party in columns
    ]
    return [row for row in rows if row.email or row.percent][:ROWS_MAX]


def rows_in_force(element_id: UUID, *, party_id: UUID) -> list[SplitRow]:
    """The split as it is now; all of it this party's where none took effect yet."""
    shares = ledger.splits_in_force(element_id)
    names = ledger.names_of([party_id, *(share.party_id for share in shares)])
    rows = [
        SplitRow(
            email="",
            role=share.role,
            percent=percent_of(share.share_ppm),
            party_id=str(share.party_id),
            name=names[share.party_id],
        )
        for share in shares
    ]
    return rows or [SplitRow(email="", role="producer", percent="100", party_id=str(party_id), name=names[party_id])]


def percent_of(ppm: int) -> str:
    """As a form shows it: 333333 -> 33.3333, 500000 -> 50."""
    return f"{(Decimal(ppm) / 10_000).normalize():f}"


def _names(party_ids: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in party_ids:
        with contextlib.suppress(ValueError):
            found[text] = UUID(text)
    names = ledger.names_of(found.values())
    return {text: names[party] for text, party in found.items() if party in names}


def shares_of(rows: Sequence[SplitRow], *, actor_id: UUID) -> tuple[Share, ...]:
    """Shares in ppm; people without an account are invited and become parties whose share waits in escrow.

    Raises
    ------
    SplitFormError
        With every problem at once.
    """
    problems, parsed = [], []
    for number, row in enumerate(rows, start=1):
        ppm = typed_ppm(row.percent)
        if ppm is None:
            problems.append(f"Row {number}: “{row.percent}” is no percentage with at most four decimals.")
        if row.role not in ROLES:
            problems.append(f"Row {number}: choose a role.")
        if row.party_id and not row.name:
            problems.append(f"Row {number}: this person is not known here.")
        elif not row.party_id and not _is_address(row.email):
            problems.append(f"Row {number}: “{row.email}” is no e-mail address.")
        parsed.append((row, ppm or 0))
    total = sum(ppm for _row, ppm in parsed)
    if not problems and total != PPM:
        problems.append(f"The shares sum to {Decimal(total) / 10_000:f} %, they must sum to 100 %.")
    if problems:
        raise SplitFormError(problems)
    return tuple(
        Share(
            party_id=UUID(row.party_id) if row.party_id else party_for(email=row.email, invited_by=actor_id),
            role=row.role,  # type: ignore[arg-type]  # one of the ledger's roles
            share_ppm=ppm,
        )
        for row, ppm in parsed
    )


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def ppm_of(text: str) -> int:
    """A percentage in ppm.

    Raises
    ------
    SplitFormError
        If it is none.
    """
    found = typed_ppm(text)
    if found is None:
        raise SplitFormError([f"“{text}” is no percentage with at most four decimals."])
    return found


def typed_ppm(text: str) -> int | None:
    """A typed percentage in ppm; None if it is none with at most four decimals."""
    try:
        value = Decimal(text.replace(",", ".").removesuffix("%").strip()) * 10_000
    except InvalidOperation:
        return None
    return int(value) if value.is_finite() and value == int(value) and 0 <= value <= PPM else None


def minor_of(text: str) -> int | None:
    """A typed price in minor units of a hundred; None if it is none."""
    try:
        value = Decimal(text.replace(",", ".").strip()) * 100
    except InvalidOperation:
        return None
    return int(value) if value.is_finite() and 0 < value <= PRICE_MINOR_READ_MAX else None
