"""Money of an invited party that never comes: reminded once, then it goes to those it was earned with.

Mira and Tomas (invited, 40 %) share an element; Uma has no part in it. Every figure is checked against the next run.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from ledger import selectors as ledger
from ledger.services import clock, escrow
from ledger.services.audit.verify import verify
from marketplace.accounts import services as accounts
from marketplace.accounts.models import User
from marketplace.accounts.permissions import Role
from tests.helpers import books
from tests.helpers.shop import Shop, day, shop

__all__ = ["shop"]  # a fixture
pytestmark = pytest.mark.django_db

MICRO = books.MICRO


class World:
    """Two makers with accounts, one invited, and what they made together."""

    def __init__(self, shop: Shop, *, shares: tuple[int, int, int] = (400_000, 200_000, 400_000)) -> None:
        with clock.at(day("2026-01-01")):
            self.mira, self.uma = shop.creator("Mira"), shop.creator("Uma")
            self.petra, self.idris = (shop.person(name, Role.LABEL_STAFF) for name in ("Petra", "Idris"))
            self.tomas = accounts.party_for(email="tomas@example.org", invited_by=self.mira.party_id)
            everyone = (self.mira, self.uma, self.tomas)
            shares_of = [(who, ppm) for who, ppm in zip(everyone, shares, strict=True) if ppm]
            self.element = shop.on_sale(self.mira, shares=shares_of).entry_id
            self.answer_all()

    def answer_all(self) -> None:
        from ledger.services import rights

        for proposal in ledger.split_proposals(self.element):
            for party_id in sorted(proposal.waiting_for):
                rights.accept_split(proposal.proposal_id, party_id=party_id)

    def settle(self, period: str) -> UUID:
        return books.settle(period, by=self.petra, released_by=self.idris)


def owed(party: User | UUID, kind: str = "payable") -> int:
    party_id = party if isinstance(party, UUID) else party.party_id
    return -ledger.balance(f"{kind}:{party_id}", "EUR")


def at(text: str):
    return clock.at(day(text))


def remind(party_id: UUID, when: str) -> dt.datetime | None:
    with at(when):
        return escrow.remind(party_id)


def test_after_the_reminder_and_the_time_each_element_s_part_goes_to_its_other_earners(shop: Shop) -> None:
    """
    Sale of 10.00, fee 0.50, commission 15 %: 8.075 to divide, 40 % of it (3.23) waits for Tomas.
    Expiry 2029-01-01: Mira, 40 %, receives two thirds, Uma, 20 %, one third of the 3.23.
    """
    world = World(shop)
    books.sell(world.element, at="2026-02-03")
    world.settle("2026-02")
    assert owed(world.tomas, "escrow") == 3_230_000 * 100
    mira, uma = owed(world.mira), owed(world.uma)

    with at("2028-09-01"):
        assert escrow.to_remind() == []
    with at("2028-10-10"):
        assert escrow.to_remind() == [world.tomas]
    assert remind(world.tomas, "2028-10-10") == day("2029-01-01")
    assert remind(world.tomas, "2028-10-11") is None
    with at("2028-12-31"):
        assert escrow.expire_due() == 0
    with at("2029-01-02"):
        assert escrow.expire_due() == 1
        assert escrow.expire_due() == 0

    assert owed(world.tomas, "escrow") == 0
    assert owed(world.mira) - mira + owed(world.uma) - uma == 3_230_000 * 100
    assert owed(world.uma) - uma == 107_666_667
    (expiry,) = ledger.escrow_expiries(world.tomas)
    assert expiry.amounts == (("EUR", 323_000_000),)
    assert ledger.balance("adjustments", "EUR") == 0


def test_the_next_run_opens_with_what_came_from_escrow_and_with_nothing_for_who_stayed_away(shop: Shop) -> None:
    world = World(shop, shares=(600_000, 0, 400_000))
    books.sell(world.element, at="2026-02-03")
    first = world.settle("2026-02")
    remind(world.tomas, "2028-11-01")
    with at("2029-01-02"):
        escrow.expire_due()
    books.sell(world.element, at="2029-01-05")

    second = world.settle("2029-01")

    before = books.statement(first, world.mira)
    opened = books.statement(second, world.mira)
    waiting = books.statement(second, world.tomas)
    assert opened.opening_micro == before.carried_micro + 323_000_000
    assert (waiting.opening_micro, waiting.carried_micro) == (0, 323_000_000)
    assert owed(world.mira) == opened.carried_micro
    assert owed(world.tomas, "escrow") == 323_000_000
    assert verify().size == ledger.size()


def test_no_statement_s_money_goes_sooner_than_the_least_after_it(shop: Shop) -> None:
    world = World(shop)
    books.sell(world.element, at="2026-02-03")
    world.settle("2026-02")
    books.sell(world.element, at="2028-11-05")
    world.settle("2028-11")
    remind(world.tomas, "2028-10-10")

    with at("2029-01-02"):
        escrow.expire_due()
    assert owed(world.tomas, "escrow") == 323_000_000
    with at("2029-12-04"):
        escrow.expire_due()

    assert owed(world.tomas, "escrow") == 0
    assert len(ledger.escrow_expiries(world.tomas)) == 2


def test_an_element_of_one_s_own_goes_to_its_creator_and_without_one_keeps_waiting(shop: Shop) -> None:
    world = World(shop, shares=(0, 0, 1_000_000))
    books.sell(world.element, at="2026-02-03")
    world.settle("2026-02")
    mira = owed(world.mira)

    remind(world.tomas, "2028-10-10")
    with at("2029-01-02"):
        escrow.expire_due()

    assert owed(world.mira) - mira == 807_500_000
    assert owed(world.tomas, "escrow") == 0


def test_who_comes_in_time_receives_all_and_who_comes_late_starts_at_nothing(shop: Shop) -> None:
    world = World(shop)
    books.sell(world.element, at="2026-02-03")
    world.settle("2026-02")
    remind(world.tomas, "2028-10-10")

    with at("2029-01-02"):
        escrow.expire_due()
    with at("2029-02-01"):
        late = accounts.sign_up(
            email="tomas@example.org", password=None, display_name="Tomas", invited_party=world.tomas
        )

    assert owed(late) == 0
    assert owed(late, "escrow") == 0
    assert ledger.parties_in_escrow() == []
    with at("2029-03-01"):
        assert escrow.expire_due() == 0


def test_nobody_s_money_goes_without_a_reminder(shop: Shop) -> None:
    world = World(shop)
    books.sell(world.element, at="2026-02-03")
    world.settle("2026-02")

    with at("2031-01-01"):
        assert escrow.expire_due() == 0
    assert remind(world.tomas, "2031-01-01") == day("2031-01-31")
    with at("2031-01-30"):
        assert escrow.expire_due() == 0
    with at("2031-02-01"):
        assert escrow.expire_due() == 1
