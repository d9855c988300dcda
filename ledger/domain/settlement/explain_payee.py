"""Why a payee is paid what is paid: steps 6 to 10 of docs/settlement.md on paper, for one party and currency."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from ledger.domain.settlement.explain import Source
from ledger.domain.settlement.family import Files, rows_of
from ledger.domain.settlement.limits import MICRO_PER_MINOR, PPM
from ledger.domain.settlement.result import StatementRow
from ledger.domain.settlement.schema import ADVANCES, BALANCES, HOLDS, MINIMUMS, PARTIES, RESERVES, Table

ROYALTY, RECOUPMENT, RESERVE, PAYABLE, PAYOUT = 6, 7, 8, 9, 10


@dataclasses.dataclass(frozen=True, slots=True)
class Recouped:
    """One advance: what was owed, what this run took, on whose account; `party_id` is the other side."""

    advance_id: str
    party_id: str
    owed_micro: int
    taken_micro: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayeeFacts:
    """What steps 6 to 10 know of one (party, currency)."""

    party_id: str
    currency: str
    royalty: tuple[Source, ...]
    """What it is made of: one source a basis."""
    advances: tuple[Recouped, ...] = ()
    """The party's own, in ascending id order; `party_id` is the label. What is taken follows from the rule."""
    received: tuple[Recouped, ...] = ()
    """Advances that the party paid; `party_id` is who repays, `taken_micro` what the run took there."""
    opening_micro: int = 0
    reserve_due_micro: int = 0
    reserve_ppm: int = 0
    minimum_minor: int = 0
    holds: tuple[str, ...] = ()
    withholding_ppm: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayeeStep:
    """One figure of a statement: what it is made of, the rate, what rounding down left out."""

    rule: int
    name: str
    """The field of the statement that it explains."""
    inputs: tuple[Source, ...]
    before: int
    """What the rule starts from, in the unit of the result (`gross_payout_minor`: micro)."""
    rate_ppm: int | None = None
    remainder: int = 0
    """before × rate = result × 1,000,000 + remainder; of the gross payout: the micro under one minor unit."""
    result: int
    why: str = ""
    """A code where the rule decided otherwise: below_minimum, on_hold, nothing_positive."""


@dataclasses.dataclass(frozen=True, slots=True)
class StatementExplanation:
    """A statement's figures, each with its step."""

    facts: PayeeFacts
    recouped: tuple[Recouped, ...]
    steps: tuple[PayeeStep, ...]

    def figures(self) -> dict[str, int]:
        """The statement's row as the steps give it."""
        return {step.name: step.result for step in self.steps}

    def row(self) -> StatementRow:
        """The same as a row of statements.csv."""
        return StatementRow(party_id=self.facts.party_id, currency=self.facts.currency, **self.figures())


def explain_statement(facts: PayeeFacts) -> StatementExplanation:
    """Steps 6 to 10 in Python's own integers."""
    royalty = sum(source.amount_micro for source in facts.royalty)
    recouped = _recouped(facts.advances, royalty)
    taken = sum(one.taken_micro for one in recouped)
    received = sum(one.taken_micro for one in facts.received)
    base = max(royalty - taken, 0)
    held, held_rest = divmod(base * facts.reserve_ppm, PPM)
    payable_of = (
        Source("opening", "", facts.opening_micro),
        Source("royalty", "", royalty),
        Source("recouped", "", -taken),
        Source("received", "", received),
        Source("held", "", -held),
        Source("released", "", facts.reserve_due_micro),
    )
    payable = sum(source.amount_micro for source in payable_of)
    steps = (
        PayeeStep(
            rule=PAYABLE,
            name="opening_micro",
            inputs=payable_of[:1],
            before=facts.opening_micro,
            result=facts.opening_micro,
        ),
        PayeeStep(rule=ROYALTY, name="royalty_micro", inputs=facts.royalty, before=royalty, result=royalty),
        PayeeStep(
            rule=RECOUPMENT,
            name="recouped_micro",
            inputs=tuple(Source("advance", one.advance_id, one.taken_micro) for one in recouped),
            before=max(royalty, 0),
            result=taken,
        ),
        PayeeStep(
            rule=RECOUPMENT,
            name="recoupment_received_micro",
            inputs=tuple(Source("repaid", one.advance_id, one.taken_micro) for one in facts.received),
            before=received,
            result=received,
        ),
        PayeeStep(
            rule=RESERVE,
            name="reserve_held_micro",
            inputs=(Source("royalty", "", royalty), Source("recouped", "", -taken)),
            before=base,
            rate_ppm=facts.reserve_ppm,
            remainder=held_rest,
            result=held,
        ),
        PayeeStep(
            rule=RESERVE,
            name="reserve_released_micro",
            inputs=payable_of[5:],
            before=facts.reserve_due_micro,
            result=facts.reserve_due_micro,
        ),
        PayeeStep(rule=PAYABLE, name="payable_micro", inputs=payable_of, before=payable, result=payable),
        *_payout(facts, payable),
    )
    return StatementExplanation(facts, recouped, steps)


def _recouped(advances: Sequence[Recouped], royalty: int) -> tuple[Recouped, ...]:
    left, found = max(royalty, 0), []
    for one in advances:
        taken = min(left, one.owed_micro)
        left -= taken
        found.append(dataclasses.replace(one, taken_micro=taken))
    return tuple(found)


def _payout(facts: PayeeFacts, payable: int) -> tuple[PayeeStep, ...]:
    whole, under = divmod(max(payable, 0), MICRO_PER_MINOR)
    why = ""
    if facts.holds:
        why = "on_hold"
    elif payable <= 0:
        why = "nothing_positive"
    elif whole < max(facts.minimum_minor, 1):
        why = "below_minimum"
    gross = 0 if why else whole
    withheld, withheld_rest = divmod(gross * facts.withholding_ppm, PPM)
    source = (Source("payable", "", payable),)
    return (
        PayeeStep(
            rule=PAYOUT,
            name="gross_payout_minor",
            inputs=source,
            before=payable,
            remainder=0 if why else under,
            result=gross,
            why=why,
        ),
        PayeeStep(
            rule=PAYOUT,
            name="withheld_minor",
            inputs=(),
            before=gross,
            rate_ppm=facts.withholding_ppm,
            remainder=withheld_rest,
            result=withheld,
        ),
        PayeeStep(rule=PAYOUT, name="payout_minor", inputs=(), before=gross, result=gross - withheld),
        PayeeStep(
            rule=PAYOUT,
            name="carried_micro",
            inputs=(*source, Source("gross", "", -gross * MICRO_PER_MINOR)),
            before=payable,
            result=payable - gross * MICRO_PER_MINOR,
            why=why,
        ),
    )


def payee_facts(
    files: Files, *, party_id: str, currency: str, royalty: Sequence[Source], advances_after: Mapping[str, int]
) -> PayeeFacts:
    """The facts of one payee from a run's folder; `advances_after` (advance -> unrecouped) from its advances.csv."""
    here = [row for row in rows_of(files, ADVANCES) if row["currency"] == currency]
    owed = {row["advance_id"]: int(row["unrecouped_micro"]) for row in here}

    def one(row: Mapping[str, str], other: str) -> Recouped:
        name = row["advance_id"]
        return Recouped(name, row[other], owed[name], owed[name] - advances_after[name])

    in_order = sorted(here, key=lambda row: row["advance_id"].encode())
    balance = _first(files, BALANCES, party_id=party_id, currency=currency)
    minimum = _first(files, MINIMUMS, party_id=party_id, currency=currency) or _first(
        files, MINIMUMS, party_id="", currency=currency
    )
    return PayeeFacts(
        party_id=party_id,
        currency=currency,
        royalty=tuple(royalty),
        advances=tuple(one(row, "label_id") for row in in_order if row["party_id"] == party_id),
        received=tuple(one(row, "party_id") for row in in_order if row["label_id"] == party_id),
        opening_micro=int(balance.get("carried_micro", 0)),
        reserve_due_micro=int(balance.get("reserve_due_micro", 0)),
        reserve_ppm=int(_first(files, RESERVES, party_id=party_id).get("reserve_ppm", 0)),
        minimum_minor=int(minimum.get("min_payout_minor", 0)),
        holds=tuple(
            row["reason"]
            for row in rows_of(files, HOLDS)
            if row["party_id"] == party_id and row["currency"] in ("", currency)
        ),
        withholding_ppm=int(_first(files, PARTIES, party_id=party_id).get("withholding_ppm", 0)),
    )


def _first(files: Files, table: Table, **wanted: str) -> dict[str, str]:
    for row in rows_of(files, table):
        if all(row[name] == value for name, value in wanted.items()):
            return row
    return {}
