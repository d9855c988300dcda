"""Months of a small label told as text: the docstring of a test is what happens and what must come out.

One line is one fact or one run; money is euros, names are people; unless it is said there is no commission, and sales
have no fee.

    commission 15 %                          to `platform`; a first line

    label    Meridian
    artists  Ann Bob                         each with a payout account; `invited Cy` has none
    element  loop  Ann 60 % Bob 40 %         created on 1 July, split from the start
    07-05 contract  Meridian Ann all 20 %    or `element loop`, or `group hits`; then `then 30 % from 3 units`
    07-05 group     Meridian hits loop hook
    07-06 join      hits tune                and `leave hits tune`
    07-07 advance   Meridian Ann 50.00
    07-07 cost      Meridian 90.00 full Ann Bob            or `pro-rated Ann 2 Bob 1`
    07-08 terms     Ann reserve 10 % released 1 1 1 1 withheld 15 % least 1.00
    07-09 condition Ann needs Bob            or `needs Bob ignoring advances`
    07-02 derive    edit loop 30 % hook 10 % `edit` is made from these, and pays them so much of all it receives
    08-10 split     loop Ann 50 % Bob 50 %   another split from then on, to which all said yes
    08-02 sale      loop 10.00               and `refund loop`: the newest sale of it; `loop 10.00 USD`
    08-02 sale      loop 10.00 unsettled     until `fee loop 0.30`
    08-05 dispute   loop 15.00               with this fee, then `lost loop` or `won loop 15.00`
    08-01 plan      Eve 20.00 for 10 credits user-centric          or pro-rata
    08-02 spend     Eve loop 2               and `expire Eve`: all that is left
    08-20 hold      Ann                      or an element; and `free Ann`
    09-10 claims    Cy                       who was invited opens an account
    09-10 correct   loop Ann 50 % Bob 50 %   the last run, by two people
    run 2026-08
    Ann: royalty 4.80, recouped 4.80, payable 0     any figures of the statement, or `unpaid words`; `Ann USD: …`
    Bob: nothing                             no statement in that run

A run is calculated, reviewed, approved, released and paid; what it does to a payee may be told in part.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.services import clock, contracts, parties
from ledger.services.audit import verify
from ledger.services.settlements import periods, reasons, runs
from marketplace.accounts.models import User
from tests.helpers import books
from tests.helpers.scenario_verbs import MICRO, Lot, Money, Rights, micro, ppm
from tests.helpers.shop import day

FIGURES = {
    "opening": "opening_micro",
    "royalty": "royalty_micro",
    "recouped": "recouped_micro",
    "received": "recoupment_received_micro",
    "held": "reserve_held_micro",
    "released": "reserve_released_micro",
    "payable": "payable_micro",
    "carried": "carried_micro",
    "paid": "payout_minor",
    "withheld": "withheld_minor",
}


def told(test: Callable[..., None]) -> Callable[..., None]:
    """Play the test's docstring; needs the fixtures `anna` and `bela` and the database."""
    text = inspect.cleandoc(test.__doc__ or "")

    def run(anna: User, bela: User, settings: Any) -> None:
        settings.COMMISSION_PPM = 0
        Telling(anna, bela, settings).play(text)

    run.__name__, run.__doc__, run.__module__ = test.__name__, test.__doc__, test.__module__
    return run


class Telling(Rights, Money):
    """One story: who is who, and what the last run said."""

    def __init__(self, prepares: User, releases: User, settings: Any = None) -> None:
        self.prepares, self.releases, self.settings = prepares, releases, settings
        self.ids: dict[str, UUID] = {}
        self.sales: dict[str, list[books.Sale]] = {}
        self.lots: dict[str, Lot] = {}
        self.run_id: UUID | None = None

    def play(self, text: str) -> None:
        """Line by line; at the end the whole log is verified and no reserve is forgotten."""
        for line in filter(None, (line.strip() for line in text.splitlines())):
            try:
                self._line(line)
            except (AssertionError, KeyError, ValueError) as error:
                pytest.fail(
                    f"at “{line}”: {type(error).__name__} {error}", pytrace=not isinstance(error, AssertionError)
                )
        verify()

    def _line(self, line: str) -> None:
        if found := re.fullmatch(r"(\d\d-\d\d) (\w+)\s+(.*)", line):
            date, verb, rest = found.groups()
            with clock.at(day(f"2026-{date}")):
                getattr(self, f"_{verb}")(f"2026-{date}", rest)
        elif found := re.fullmatch(r"(\w+)(?: ([A-Z]{3}))?: (.*)", line):
            self._expect(found[1], found[2] or "EUR", found[3])
        elif found := re.fullmatch(r"(commission|label|artists|invited|element|run)\s+(.*)", line):
            getattr(self, f"_{found[1]}")(found[2])
        else:
            raise ValueError("this says nothing")

    # ---------------------------------------------------------------------------------------------------- who
    def _commission(self, rest: str) -> None:
        self.settings.COMMISSION_PPM = ppm(rest.removesuffix(" %"))
        self.ids["platform"] = self.settings.PLATFORM_PARTY_ID

    def _label(self, name: str) -> None:
        self._artists(name, kind="company")

    def _artists(self, names: str, *, kind: Any = "person") -> None:
        for name in names.split():
            self.ids[name] = parties.register(display_name=name, party_kind=kind, key=f"party:{name}")
            parties.connect_payouts(self.ids[name], stripe_account_id=f"acct_{name}", payouts_enabled=True)

    def _invited(self, name: str) -> None:
        self.ids[name] = parties.register(display_name=name, claimed=False, key=f"party:{name}")

    def _element(self, rest: str) -> None:
        name, _, owners = rest.partition(" ")
        shares = self.shares(owners)
        self.ids[name], self.ids[f"creator {name}"] = uuid7(), shares[0][0]
        created = events.ElementCreated(
            element_id=self.ids[name], element_kind="melody", content_hash="0" * 64, media_type="audio/midi",
            contributors=(),
        )  # fmt: skip
        split = events.SplitTookEffect(
            proposal_id=uuid7(),
            element_id=self.ids[name],
            shares=tuple(events.Share(party_id=who, role="producer", share_ppm=part) for who, part in shares),
        )
        books.write(created, split, at="2026-07-01", actor_id=shares[0][0])

    # ------------------------------------------------------------------------------------------------ agreements
    def _contract(self, at: str, rest: str) -> None:
        found = re.fullmatch(r"(\w+) (\w+) (all|element \w+|group \w+) ([\d.]+) %(.*)", rest)
        assert found, "contract LABEL ARTIST all|element E|group G N % then N % from N units"
        label, artist, scope, rate, steps = found.groups()
        kind, _, name = scope.partition(" ")
        contract_id = contracts.sign_contract(
            label_id=self.ids[label],
            party_id=self.ids[artist],
            label_ppm=ppm(rate),
            escalations=[
                events.Escalation(units_from=int(units), label_ppm=ppm(part))
                for part, units in re.findall(r"then ([\d.]+) % from (\d+) units", steps)
            ],
            actor_id=self.prepares.party_id,
            **({f"{kind}_id": self.ids[name]} if name else {}),
        )
        self.ids[f"contract {artist} {scope}"] = contract_id

    def _end(self, at: str, rest: str) -> None:
        contracts.end_contract(contract_id=self.ids[f"contract {rest}"], actor_id=self.prepares.party_id)

    def _group(self, at: str, rest: str) -> None:
        label, name, *elements = rest.split()
        self.ids[name] = contracts.create_group(
            label_id=self.ids[label], name=name, element_ids=[self.ids[one] for one in elements],
            actor_id=self.prepares.party_id,
        )  # fmt: skip

    def _join(self, at: str, rest: str) -> None:
        group, element = (self.ids[name] for name in rest.split())
        contracts.change_group(group_id=group, add=[element], actor_id=self.prepares.party_id)

    def _leave(self, at: str, rest: str) -> None:
        group, element = (self.ids[name] for name in rest.split())
        contracts.change_group(group_id=group, remove=[element], actor_id=self.prepares.party_id)

    def _advance(self, at: str, rest: str) -> None:
        label, artist, amount = rest.split()
        contracts.record_advance(
            label_id=self.ids[label], party_id=self.ids[artist], currency="EUR", amount_micro=micro(amount),
            actor_id=self.prepares.party_id,
        )  # fmt: skip

    def _cost(self, at: str, rest: str) -> None:
        label, amount, mode, *who = rest.split()
        contracts.record_cost(
            label_id=self.ids[label],
            currency="EUR",
            amount_micro=micro(amount),
            mode="full" if mode == "full" else "pro_rated",
            party_ids=[self.ids[one] for one in who if not one.isdigit()],
            weights=[int(one) for one in who if one.isdigit()],
            actor_id=self.prepares.party_id,
        )

    def _terms(self, at: str, rest: str) -> None:
        rate = dict(re.findall(r"(reserve|withheld) ([\d.]+) %", rest))
        released = re.search(r"released ([\d ]+)", rest)
        least = re.search(r"least ([\d.]+)", rest)
        contracts.set_payee_terms(
            party_id=self.ids[rest.split()[0]],
            currency="EUR",
            reserve_ppm=ppm(rate.get("reserve", "0")),
            withholding_ppm=ppm(rate.get("withheld", "0")),
            minimum_payout_minor=micro(least[1]) // MICRO if least else 0,
            reserve_releases=[int(one) for one in released[1].split()] if released else [],
            actor_id=self.prepares.party_id,
        )

    def _condition(self, at: str, rest: str) -> None:
        artist, _, needs = rest.removesuffix(" ignoring advances").partition(" needs ")
        self.ids[f"condition {artist}"] = contracts.set_condition(
            party_id=self.ids[artist],
            needs_party_ids=[self.ids[one] for one in needs.split()],
            ignoring_advances=rest.endswith("ignoring advances"),
            actor_id=self.prepares.party_id,
        )

    def _lift(self, at: str, rest: str) -> None:
        contracts.lift_condition(condition_id=self.ids[f"condition {rest}"], actor_id=self.prepares.party_id)

    # ------------------------------------------------------------------------------------------------------ money
    def _run(self, period: str) -> None:
        self.run_id = books.settle(period, by=self.prepares, released_by=self.releases)
        after = periods.parse(period).end + dt.timedelta(days=3)
        for one in ledger.payouts_of_run(self.run_id):
            fields = (field.name for field in dataclasses.fields(events.PayoutPaid))
            books.write(events.PayoutPaid(**{name: getattr(one, name) for name in fields}), at=f"{after:%Y-%m-%d}")
        with clock.at(after + dt.timedelta(hours=1)):
            runs.close_if_paid(run_id=self.run_id, actor_id=self.releases.party_id)

    def _expect(self, name: str, currency: str, rest: str) -> None:
        assert self.run_id, "a run comes first"
        all_of_run = ledger.statements_of_run(self.run_id)
        mine = [one for one in all_of_run if (one.party_id, one.currency) == (self.ids[name], currency)]
        if rest == "nothing":
            assert not mine, "there is a statement"
            return
        (found,) = mine
        for told_figure in re.split(rf", (?=(?:{'|'.join([*FIGURES, 'unpaid'])}) )", rest):
            word, _, value = told_figure.partition(" ")
            if word == "unpaid":
                words = reasons.of_statement(found)
                assert words == value, f"the words are “{words}”"
                continue
            unit = 1 if FIGURES[word].endswith("_minor") else MICRO
            got = Decimal(getattr(found, FIGURES[word])) / (100 * unit)
            assert got == Decimal(value), f"{word} is {got}"
