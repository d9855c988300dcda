"""Sales, refunds and settlement runs at any time of a story, straight into the ledger."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.gateways import payouts as gateway
from ledger.services import append, clock, parties
from ledger.services.settlements import findings, periods, reviews, runs
from marketplace.accounts.models import User
from tests.helpers.sandbox import Running
from tests.helpers.shop import day

MICRO = 1_000_000
TERMS = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One line sold."""

    order_id: UUID
    line: events.OrderLine
    currency: str = "EUR"

    def amount(self, *, fee_minor: int = 0) -> events.LineAmount:
        """All of it, as a reversal names it."""
        return events.LineAmount(
            line_id=self.line.line_id,
            element_id=self.line.element_id,
            gross_minor=self.line.gross_minor,
            tax_minor=self.line.tax_minor,
            fee_minor=fee_minor,
        )


def write(*facts: events.Event, at: str, actor_id: UUID | None = None) -> None:
    """Facts of one day."""
    with clock.at(day(at)), transaction.atomic():
        append(*facts, actor_id=actor_id or uuid7(), key=f"test:{uuid7()}")


def sell(
    element_id: UUID,
    gross_minor: int = 1000,
    *,
    at: str,
    fee_minor: int | None = 50,
    tax_minor: int = 0,
    currency: str = "EUR",
) -> Sale:
    """A paid order of one line; its fee is known at once (None: not yet)."""
    line = events.OrderLine(
        line_id=uuid7(),
        listing_id=uuid7(),
        element_id=element_id,
        licence_kind="standard",
        terms_hash=TERMS,
        gross_minor=gross_minor,
        tax_minor=tax_minor,
    )
    sale = Sale(order_id=uuid7(), line=line, currency=currency)
    paid = {"order_id": sale.order_id, "buyer_id": uuid7(), "currency": currency, "lines": (line,)}
    write(events.OrderPlaced(**paid), events.OrderPaid(**paid), at=at)
    if fee_minor is not None:
        settle_charge(sale, fee_minor, at=at)
    return sale


def settle_charge(sale: Sale, fee_minor: int, *, at: str) -> None:
    """The processor's fee became known."""
    fee = events.LineAmount(
        line_id=sale.line.line_id, element_id=sale.line.element_id, gross_minor=0, tax_minor=0, fee_minor=fee_minor
    )
    write(events.ChargeSettled(order_id=sale.order_id, currency=sale.currency, lines=(fee,)), at=at)


def refund(sale: Sale, *, at: str) -> None:
    """All of it back to the buyer."""
    write(
        events.OrderRefunded(
            refund_id=uuid7(), order_id=sale.order_id, currency=sale.currency, lines=(sale.amount(),), reason="refund"
        ),
        at=at,
    )


def prepare(period: str, *, by: User, approved_by: User | None = None) -> UUID:
    """A run calculated and approved the day after its period."""
    found = periods.parse(period)
    with clock.at(found.end + dt.timedelta(days=1)):
        run_id = runs.calculate(period=found, actor_id=by.party_id)
        look_through(run_id, by=by)
        runs.approve(run_id=run_id, actor_id=(approved_by or by).party_id)
    return run_id


def look_through(run_id: UUID, *, by: User) -> None:
    """The review of a run by somebody who has seen it all."""
    reviews.review(run_id=run_id, acknowledged=findings.KINDS, actor_id=by.party_id)


def settle(period: str, *, by: User, released_by: User) -> UUID:
    """A run from its calculation to its release."""
    run_id = prepare(period, by=by)
    with clock.at(periods.parse(period).end + dt.timedelta(days=2)):
        runs.release(run_id=run_id, actor_id=released_by.party_id)
    return run_id


def statement(run_id: UUID, who: User | UUID) -> ledger.Statement:
    """What a run means for somebody."""
    party_id = who if isinstance(who, UUID) else who.party_id
    (found,) = [one for one in ledger.statements_of_run(run_id) if one.party_id == party_id]
    return found


def royalty(run_id: UUID, who: User | UUID) -> int:
    """What somebody earned in a run, micro; 0 without a statement."""
    party_id = who if isinstance(who, UUID) else who.party_id
    return sum(one.royalty_micro for one in ledger.statements_of_run(run_id) if one.party_id == party_id)


def open_payout_account(sandbox: Running, who: User) -> str:
    """A payee whom transfers reach; the account's id at the processor."""
    account_id = gateway.create_account(party_id=who.party_id, email=who.email)
    sandbox.lever("onboard", account=account_id)
    parties.connect_payouts(who.party_id, stripe_account_id=account_id, payouts_enabled=True)
    return account_id


def fund(amount_minor: int = 1_000_000) -> None:
    """Money at the processor."""
    gateway.top_up(topup_id=uuid7(), amount_minor=amount_minor, currency="EUR", reason="tests")


def transfers(sandbox: Running) -> list[tuple[str, int]]:
    """Every transfer that went out: (account, amount)."""
    found = sandbox.client.v1.transfers.list({"limit": 100})
    return sorted((str(one.destination), one.amount) for one in found)
