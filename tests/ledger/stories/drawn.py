"""What every scene of a story draws from: one seed, and what earlier scenes left."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Iterator
from uuid import UUID

from ledger.domain import events as ev

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CURRENCIES = ("EUR", "USD", "JPY")
ACTOR = UUID(int=7)


def hash_of(value: object) -> str:
    return hashlib.sha256(str(value).encode()).hexdigest()


def statement_issued(*, party_id: UUID, royalty_micro: int = 10_000_000, escrowed: bool = False, **more):
    """A statement whose numbers add up."""
    values = {
        "statement_id": more.pop("statement_id", UUID(int=random.Random(royalty_micro).getrandbits(128))),
        "run_id": UUID(int=1),
        "currency": "EUR",
        "opening_micro": 0,
        "recouped_micro": 0,
        "recoupment_received_micro": 0,
        "reserve_held_micro": 0,
        "reserve_released_micro": 0,
        "payable_micro": royalty_micro,
        "gross_payout_minor": 0,
        "withheld_minor": 0,
        "payout_minor": 0,
        "carried_micro": royalty_micro,
        "lines_hash": hash_of("lines"),
    }
    values.update(more)
    return ev.StatementIssued(party_id=party_id, royalty_micro=royalty_micro, escrowed=escrowed, **values)


def amounts(lines, *, fee: int, money: bool = True) -> Iterator[ev.LineAmount]:
    for line in lines:
        yield ev.LineAmount(
            line_id=line.line_id,
            element_id=line.element_id,
            gross_minor=line.gross_minor if money else 0,
            tax_minor=line.tax_minor if money else 0,
            fee_minor=fee,
        )


class Drawn:
    """One seed, and whom and what there is so far."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.parties: list[UUID] = []
        self.elements: list[UUID] = []
        self.troubles = -1
        self.pack: UUID | None = None

    def id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))

    def amount(self) -> int:
        return self.random.randint(1, 10**9)
