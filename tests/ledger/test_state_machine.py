"""The whole ledger against a dictionary: whatever people do, in whatever order, both come to the same money.

Hypothesis draws stories of elements, edits, splits, derivations, sales, refunds, disputes, settlements, corrections,
crashes and rebuilds. The model knows lists, dictionaries, and the rule as `settlement/reference.py` has it.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from typing import Any
from unittest import mock
from uuid import UUID, uuid5

import pytest
from django.conf import settings as site
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ledger import projections
from ledger import selectors as ledger
from ledger.domain import events as ev
from ledger.domain.corrections import ShareRow, SplitCorrected
from ledger.domain.errors import DerivationCycleError, SharesDoNotSumError
from ledger.domain.settlement import period as rows
from ledger.services import append, audit, clock, derivations, parties, rights
from ledger.services.settlements import corrections, findings, periods, reviews, runs
from tests.ledger.state_model import MICRO, PPM, Model, Sold, royalties

SPACE = UUID(int=20_261_122)
BEGIN = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
PEOPLE = 4
PLACES = st.integers(0, 30)
REBUILT_EVERY = 40


class Ledgers(RuleBasedStateMachine):
    """One story; everything it writes is rolled back in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.model, self.now, self.count = Model(), BEGIN, 0
        self.elements: list[str] = []
        self.sales: list[Any] = []
        self.released: list[tuple[UUID, rows.Period]] = []
        self.unproved = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def id(self) -> UUID:
        self.count += 1
        return uuid5(SPACE, str(self.count))

    def write(self, *facts: ev.Event, actor: str | None = None) -> None:
        with clock.at(self.now):
            append(*facts, actor_id=UUID(actor) if actor else self.people[0], key=f"story:{self.id()}")

    @initialize()
    def people_come(self) -> None:
        with clock.at(self.now):
            self.people = [
                parties.register(display_name=f"P{n}", key=f"party:{self.id()}", party_id=self.id())
                for n in range(PEOPLE)
            ]
            parties.register(display_name="Us", key="platform", party_kind="platform", party_id=site.PLATFORM_PARTY_ID)
        for person in range(3):
            self.create(person)
        self.derive(1, 0, 100_000)
        for place in range(3):
            self.sell(place, 999 + place, 30, True)

    def element(self, place: int) -> str:
        """One of those there are."""
        return self.elements[place % len(self.elements)]

    # ------------------------------------------------------------------------------------------------ making
    @precondition(lambda self: len(self.elements) < 8)
    @rule(person=st.integers(0, PEOPLE - 1))
    def create(self, person: int) -> None:
        element, maker = self.id(), self.people[person]
        self.write(
            ev.ElementCreated(
                element_id=element,
                element_kind="melody",
                content_hash="ab" * 32,
                media_type="audio/midi",
                contributors=(ev.Contribution(party_id=maker, role="songwriter"),),
            ),
            actor=str(maker),
        )
        self.model.owners[str(element)] = [(self.model.next(), {str(maker): PPM})]
        self.elements.append(str(element))

    @rule(place=PLACES)
    def edit(self, place: int) -> None:
        """A new version moves no money."""
        element = self.element(place)
        found = ledger.element(UUID(element))
        assert found is not None
        self.write(
            ev.ElementEdited(
                element_id=UUID(element),
                version=found.version + 1,
                content_hash=f"{found.version + 1:064x}",
                previous_hash=found.content_hash,
                contributors=(ev.Contribution(party_id=found.creator_id, role="songwriter"),),
            ),
            actor=str(found.creator_id),
        )

    @rule(place=PLACES, cuts=st.lists(st.integers(1, PPM - 1), min_size=1, max_size=PEOPLE - 1, unique=True))
    def share(self, place: int, cuts: list[int]) -> None:
        """A new split that everybody accepts."""
        element = self.element(place)
        bounds = [0, *sorted(cuts), PPM]
        parts = {self.people[n]: b - a for n, (a, b) in enumerate(itertools.pairwise(bounds))}
        found = ledger.element(UUID(element))
        assert found is not None
        shares = [ev.Share(party_id=party, role="producer", share_ppm=ppm) for party, ppm in parts.items()]
        with clock.at(self.now):
            proposal = rights.propose_split(
                element_id=UUID(element), shares=shares, actor_id=found.creator_id, key=f"split:{self.id()}"
            )
            for party in parts:
                if (waiting := ledger.split_proposal(proposal)) and party in waiting.waiting_for:
                    rights.accept_split(proposal, party_id=party)
        self.model.owners[element].append((self.model.next(), {str(party): ppm for party, ppm in parts.items()}))

    @rule(lower=PLACES, upper=PLACES, ppm=st.sampled_from([1, 100_000, 333_333, 600_000, PPM]))
    def derive(self, lower: int, upper: int, ppm: int) -> None:
        """The child's maker holds a licence that allows it; cycles and too much are refused."""
        child, parent = self.element(lower), self.element(upper)
        maker = ledger.element(UUID(child)).creator_id  # type: ignore[union-attr]
        if any(known == parent for _, known, _ in self.model.parents[child]):
            return
        total = sum(share for _, _, share in self.model.parents[child]) + ppm
        refusal: type[Exception] | tuple[type[Exception], ...] | None = None
        if self.model.would_cycle(child, parent):
            refusal = (DerivationCycleError, SharesDoNotSumError)
        elif total > PPM:
            refusal = SharesDoNotSumError
        self.allow(parent, maker, ppm)
        edge = ev.Parent(element_id=UUID(parent), upstream_ppm=ppm)
        with clock.at(self.now):
            if refusal is not None:
                with pytest.raises(refusal):
                    self.record(child, edge, maker)
                return
            self.record(child, edge, maker)
        self.model.parents[child].append((self.model.next(), parent, ppm))

    def record(self, child: str, edge: ev.Parent, maker: UUID) -> None:
        with transaction.atomic():
            derivations.record_derivation(
                element_id=UUID(child), parents=[edge], author_id=maker, key=f"derived:{self.id()}"
            )

    def allow(self, parent: str, holder: UUID, ppm: int) -> None:
        """A licence on terms of exactly this share."""
        owner = ledger.element(UUID(parent)).creator_id  # type: ignore[union-attr]
        with clock.at(self.now):
            terms = derivations.publish_terms(
                element_id=UUID(parent), wanted=derivations.TermsWanted.fixed(ppm), actor_id=owner
            )
        self.write(
            ev.LicenceGranted(
                licence_id=self.id(),
                element_id=UUID(parent),
                content_hash="ab" * 32,
                holder_id=holder,
                licence_kind="remix",
                terms_hash="cd" * 32,
                order_id=None,
                line_id=None,
                allows=("own_music", "derive", "sell_derivative"),
                derivation_terms_id=terms,
            )
        )

    # ----------------------------------------------------------------------------------------------- selling
    @rule(place=PLACES, gross=st.integers(50, 100_000), fee=st.integers(0, 49), known=st.booleans())
    def sell(self, place: int, gross: int, fee: int, known: bool) -> None:
        element = self.element(place)
        order, line = self.id(), self.id()
        tax = gross // 6
        lines = (
            ev.OrderLine(
                line_id=line,
                listing_id=self.id(),
                element_id=UUID(element),
                licence_kind="standard",
                terms_hash="ef" * 32,
                gross_minor=gross,
                tax_minor=tax,
            ),
        )
        self.write(ev.OrderPaid(order_id=order, buyer_id=self.id(), currency="EUR", lines=lines))
        sold = Sold(str(line), element, gross, tax, None, self.now, self.model.next())
        self.model.lines.append(sold)
        sale = {"order": order, "sold": sold, "line": line, "fee": fee, "over": False}
        self.sales.append(sale)
        if known:
            self.settle_charge(-1)

    def sale(self, place: int) -> Any:
        """One of those there are."""
        return self.sales[place % len(self.sales)] if place >= 0 else self.sales[place]

    @rule(place=PLACES)
    def settle_charge(self, place: int) -> None:
        """The processor tells its fee, once."""
        sale = self.sale(place)
        if sale["sold"].settled_at is not None:
            return
        self.write(ev.ChargeSettled(order_id=sale["order"], currency="EUR", lines=(self.amount(sale, money=False),)))
        sale["sold"].fee, sale["sold"].settled_at = sale["fee"], self.now

    def amount(self, sale: Any, *, money: bool = True, fee: int | None = None) -> ev.LineAmount:
        sold = sale["sold"]
        return ev.LineAmount(
            line_id=sale["line"],
            element_id=UUID(sold.element),
            gross_minor=sold.gross if money else 0,
            tax_minor=sold.tax if money else 0,
            fee_minor=sale["fee"] if fee is None else fee,
        )

    @rule(place=PLACES)
    def refund(self, place: int) -> None:
        sale = self.sale(place)
        if sale["over"]:
            return
        sale["over"] = True
        refund = self.id()
        self.write(
            ev.OrderRefunded(
                refund_id=refund, order_id=sale["order"], currency="EUR", lines=(self.amount(sale, fee=0),), reason="x"
            )
        )
        self.reverse(sale, sign=-1, fee=0)

    @rule(place=PLACES, won=st.booleans())
    def dispute(self, place: int, won: bool) -> None:
        """The bank takes the money and a fee; if it is won, both come back."""
        sale = self.sale(place)
        if sale["over"]:
            return
        sale["over"] = not won
        dispute, lines = self.id(), (self.amount(sale, fee=15),)
        self.write(ev.DisputeOpened(dispute_id=dispute, order_id=sale["order"], currency="EUR", lines=lines))
        self.reverse(sale, sign=-1, fee=15)
        if won:
            self.write(ev.DisputeWon(dispute_id=dispute, order_id=sale["order"], currency="EUR", lines=lines))
            self.reverse(sale, sign=1, fee=-15)
        else:
            self.write(ev.DisputeLost(dispute_id=dispute, order_id=sale["order"]))

    def reverse(self, sale: Any, *, sign: int, fee: int) -> None:
        sold = sale["sold"]
        self.model.lines.append(
            replace(
                sold,
                line_id=str(self.id()),
                gross=sign * sold.gross,
                tax=sign * sold.tax,
                fee=fee,
                at=self.now,
                step=self.model.next(),
                sale=sold,
                settled_at=None,
                taken=False,
            )
        )

    # ---------------------------------------------------------------------------------------------- settling
    @rule(hours=st.integers(1, 24 * 10))
    def time_goes_by(self, hours: int) -> None:
        self.now += dt.timedelta(hours=hours)

    @rule(days=st.integers(0, 20))
    def settle(self, days: int) -> None:
        """The month is over and settled by two people; nobody has a payout account, so all is carried."""
        period = periods.month_of(self.now)
        self.now = period.end + dt.timedelta(days=days, hours=9)
        with clock.at(self.now):
            run_id = runs.calculate(period=period, actor_id=self.people[0])
            reviews.review(run_id=run_id, acknowledged=findings.KINDS, actor_id=self.people[0])
            runs.approve(run_id=run_id, actor_id=self.people[0])
            runs.release(run_id=run_id, actor_id=self.people[1])
        lines = self.model.take(period.end)
        due = self.model.period_of(lines)
        earned = royalties(due)
        expected = {}
        for party in {*earned, *self.model.carried, *self.model.adjusted}:
            opening = self.model.carried.get(party, 0) + self.model.adjusted.pop(party, 0)
            expected[party] = (opening, earned.get(party, 0), opening + earned.get(party, 0))
        self.model.carried = {party: figures[2] for party, figures in expected.items()}
        found = {
            str(one.party_id): (one.opening_micro, one.royalty_micro, one.carried_micro)
            for one in ledger.statements_of_run(run_id)
        }
        assert found == expected
        self.released.append((run_id, due))

    @precondition(lambda self: any(due.revenue for _, due in self.released))
    @rule(data=st.data(), cut=st.integers(1, PPM - 1))
    def correct(self, data: st.DataObject, cut: int) -> None:
        """An element of a settled run was to be divided otherwise, all along; a second person posts it."""
        place = data.draw(st.sampled_from([n for n, (_, due) in enumerate(self.released) if due.revenue]))
        run_id, due = self.released[place]
        element = data.draw(st.sampled_from(sorted({row.element_id.partition(" ")[0] for row in due.splits})))
        shares = {str(self.people[2]): cut, str(self.people[3]): PPM - cut}
        corrected = replace(
            due,
            splits=[
                *(row for row in due.splits if row.element_id.partition(" ")[0] != element),
                *(
                    rows.SplitRow(virtual, party, "producer", ppm)
                    for virtual in dict.fromkeys(row.element_id for row in due.splits)
                    if virtual.partition(" ")[0] == element
                    for party, ppm in shares.items()
                ),
            ],
        )
        before, after = royalties(due), royalties(corrected)
        differences = {p: after.get(p, 0) - before.get(p, 0) for p in {*before, *after}}
        if not any(differences.values()):
            return
        change = SplitCorrected(
            element_id=element, shares=tuple(ShareRow(party, "producer", ppm) for party, ppm in shares.items())
        )
        with clock.at(self.now):
            correction = corrections.calculate(
                run_id=run_id, changes=[change], reason="agreed so", actor_id=self.people[0], key=f"fix:{self.id()}"
            )
            corrections.post(correction_id=correction, actor_id=self.people[1])
        for party, difference in differences.items():
            if difference:
                self.model.adjusted[party] += difference
        self.released[place] = (run_id, corrected)

    # ---------------------------------------------------------------------------------------------- troubles
    @rule(place=PLACES, victim=st.sampled_from([one for one in projections.ALL if ev.AdjustmentPosted in one.handlers]))
    def crash(self, place: int, victim: projections.Projection) -> None:
        """The process dies in the middle of a command: nothing of it is there."""
        element = self.element(place)
        size, total = ledger.size(), self.total()
        facts = ev.AdjustmentPosted(
            adjustment_id=self.id(), element_id=UUID(element), currency="EUR", gross_minor=7, reason_hash="0" * 64
        )
        with (
            mock.patch.object(type(victim), "fold_many", side_effect=KeyboardInterrupt),
            pytest.raises(KeyboardInterrupt),
            transaction.atomic(),
        ):
            self.write(facts)
        assert (ledger.size(), self.total()) == (size, total)

    def total(self) -> int:
        return sum(balance.amount_micro for balance in ledger.balances())

    @precondition(lambda self: ledger.size() > self.unproved + REBUILT_EVERY)
    @rule()
    def rebuild(self) -> None:
        """Every projection, folded again, is what it was."""
        self.unproved = ledger.size()
        audit.verify()
        balances = {(one.account, one.currency): one.amount_micro for one in ledger.balances()}
        audit.rebuild()
        assert {(one.account, one.currency): one.amount_micro for one in ledger.balances()} == balances

    @invariant()
    def the_books_balance(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select coalesce(sum(amount_micro), 0) from ledger_posting")
            assert cursor.fetchone() == (0,)

    @invariant()
    def what_is_owed_is_what_the_model_says(self) -> None:
        owed = {
            one.account.partition(":")[2]: -one.amount_micro
            for one in ledger.balances()
            if one.account.startswith("payable:") and one.amount_micro
        }
        expected = {
            party: self.model.carried.get(party, 0) + self.model.adjusted.get(party, 0)
            for party in {*self.model.carried, *self.model.adjusted}
        }
        assert owed == {party: amount for party, amount in expected.items() if amount}

    @invariant()
    def unsettled_money_is_what_no_run_took(self) -> None:
        waiting = sum(line.gross - line.tax - (line.fee or 0) for line in self.model.lines if not line.taken)
        assert ledger.balance("unsettled", "EUR") == -waiting * MICRO


@pytest.mark.slow
@pytest.mark.django_db
def test_whatever_people_do_the_ledger_and_a_dictionary_come_to_the_same_money():
    run_state_machine_as_test(
        Ledgers,
        settings=settings(
            max_examples=20,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
