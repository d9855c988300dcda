"""The story as one sorted line of scenes: each happens at its moment, through the site's own services.

Everything is one transaction: either the whole demo is there, or nothing of it. The ledger's times only rise, so
scenes are sorted before any is played; what a scene needs (a licence, a sale to refund) lies before it in time.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from ledger.services import clock, outbox
from ledger.services.settlements import runs
from marketplace.accounts.models import User
from marketplace.demo import cast as people
from marketplace.demo import closing, credited, elsewhere, generated, label, papers, shelves, together, workbench
from marketplace.demo.bundles import Bundles
from marketplace.demo.calendar import DAY, HOUR, Calendar
from marketplace.demo.till import Till
from marketplace.demo.trade import Trade
from production.samples.making import Ready
from production.samples.plan import Sample

SALES = 200
LAPSED = 9
CREDITS_SPENT = 16
SEED = 20_031_904

Play = Callable[[dt.datetime], None]
Buyer = Callable[[], UUID]
Tell = Callable[[int, int], None]


@dataclass(slots=True)
class Story:
    """Collects the scenes, sorts them and plays them."""

    till: Till
    calendar: Calendar
    samples: Mapping[str, Sample]
    ready: Mapping[str, Ready]
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311  # a story, no secret
    scenes: list[tuple[dt.datetime, int, Play]] = field(default_factory=list)
    cast: people.Cast = field(default_factory=people.Cast)
    shelves: shelves.Shelves = field(default_factory=shelves.Shelves)
    ids: dict[str, UUID] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    trade: Trade = field(init=False)

    def __post_init__(self) -> None:
        self.trade = Trade(till=self.till, shelves=self.shelves, rng=self.rng)

    def at(self, moment: dt.datetime, play: Play) -> None:
        """Add a scene; what would lie in the future is left out."""
        if moment <= self.calendar.end:
            self.scenes.append((moment, len(self.scenes), play))

    def tell(self, progress: Tell = lambda done, of: None) -> None:
        """Play everything in order of time, as one transaction, leaving nothing for the workers to do."""
        self._open_doors()
        self._fill_shelves()
        self._months_of_trade()
        self.at(self.calendar.month(1) + 13 * DAY, self._sold_elsewhere)
        self._month_ends()
        self.scenes.sort(key=lambda scene: scene[:2])
        with transaction.atomic(), outbox.taken_over():
            for place, (moment, _, play) in enumerate(self.scenes):
                with clock.at(moment):
                    play(moment)
                progress(place + 1, len(self.scenes))

    # --------------------------------------------------------------------------------------------------- scenes
    def _open_doors(self) -> None:
        begin = self.calendar.begin

        def sign_up(moment: dt.datetime) -> None:
            self.cast = people.sign_up_all()
            User.objects.filter(party_id__in=self.cast.party.values()).update(created_at=moment)
            people.open_payout_accounts(self.cast, self.till)

        self.at(begin + 9 * HOUR, sign_up)
        self.at(begin + 15 * HOUR, lambda _: label.sign(self.cast))
        self.at(begin + 12 * DAY, lambda _: label.build_catalogue(self.cast))

    def _fill_shelves(self) -> None:
        depth = shelves.parents_first(list(self.samples.values()))
        roots = [sample.slug for sample in self.samples.values() if not sample.made_of]
        for sample in self.samples.values():
            family = roots.index(sample.family) if sample.family in roots else 0
            moment = self._published_at(sample, family, depth[sample.slug])
            maker = shelves.maker_of(sample, family)
            for parent in sample.made_of:
                self.at(moment - 2 * HOUR, self._licensing(maker, parent))
            self.at(moment, self._publishing(sample, maker))

    def _published_at(self, sample: Sample, family: int, depth: int) -> dt.datetime:
        """Most of the shop is there within two weeks; chorales and what is made of them keep coming until now."""
        span = self.calendar.end - self.calendar.begin
        if sample.slug == shelves.COPY_SLUG:
            return self.calendar.month(2) + 4 * DAY
        if sample.family.startswith("chorale"):
            step = (span - 14 * DAY) / 16
            number = family % 14
            return self.calendar.begin + 6 * DAY + number * step + depth * 30 * HOUR
        return self.calendar.begin + DAY + family * 5 * HOUR + depth * 52 * HOUR

    def _licensing(self, maker: int, parent: str) -> Play:
        def play(moment: dt.datetime) -> None:
            self.trade.licence_for_making(self.cast.creators[maker], parent, at=moment)

        return play

    def _publishing(self, sample: Sample, maker: int) -> Play:
        def play(moment: dt.datetime) -> None:
            shelves.put(
                sample, ready=self.ready[sample.slug], maker=maker, cast=self.cast, shelves=self.shelves, at=moment,
                rng=self.rng,
            )  # fmt: skip

        return play

    def _months_of_trade(self) -> None:
        first = self.calendar.begin + 11 * DAY
        span = self.calendar.end - first
        for number in range(SALES):
            # A shop that grows: the second half of the time sees two thirds of the sales.
            moment = first + span * (self.rng.random() ** 0.7)
            buyer = min(int(self.rng.expovariate(0.12)), len(people.BUYERS) - 1)
            self.at(moment, lambda at, buyer=buyer: self.trade.shop(self.cast.buyers[buyer], at=at))  # type: ignore[misc]
            if number < LAPSED:
                self.at(moment + HOUR, lambda at, buyer=buyer: self.trade.let_lapse(self.cast.buyers[buyer], at=at))  # type: ignore[misc]
        for buyer in range(8):
            slug = sorted(shelves.FREE_SLUGS)[buyer % len(shelves.FREE_SLUGS)]
            self.at(
                first + span * buyer / 9,
                lambda _, b=buyer, s=slug: self.trade.take_free(self.cast.buyers[b], s),  # type: ignore[misc]
            )
        self.at(first + span * 0.4, self._exclusive)
        self.at(first + span * 0.55, self._harmonised)
        self.at(first + span * 0.7, lambda _: self._worked_on())
        self.at(first + span * 0.9, self._together)
        for number, share in enumerate((0.12, 0.3, 0.45, 0.6, 0.85)):
            self.at(first + span * share, self._refund(people.STAFF[number % 2].mail, "carys" if number == 3 else None))
        self._disputes(first, span)
        self._plans(first, span)
        self._trials(first, span)
        self._packs(first, span)
        self.at(first + span * 0.33, lambda _: credited.number(self.cast))
        self.at(first + span * 0.62, lambda _: credited.credit(self.cast, self.shelves))
        self.at(first + span * 0.97, lambda _: credited.ask(self.cast, self.shelves))

    def _harmonised(self, moment: dt.datetime) -> None:
        generated.harmonise(
            maker_id=self.cast.creators[2], buyer_id=self.cast.party["bruno"], trade=self.trade, shop=self.shelves,
            at=moment,
        )  # fmt: skip

    def _worked_on(self) -> None:
        self.ids["take"] = workbench.work(maker_id=self.cast.creators[0])

    def _together(self, moment: dt.datetime) -> None:
        maker, other, lender = self.cast.creators[:3]
        together.write(
            maker_id=maker, other_id=other, lender_id=lender, samples=self.samples, ready=self.ready,
            trade=self.trade, shop=self.shelves, at=moment,
        )  # fmt: skip

    def _exclusive(self, moment: dt.datetime) -> None:
        offer = self.shelves.offer(shelves.EXCLUSIVE_SLUG, "exclusive")
        self.trade.buy(self.cast.party["bruno"], [offer], at=moment)

    def _refund(self, staff: str, buyer: str | None) -> Play:
        def play(moment: dt.datetime) -> None:
            order_id = self.trade.last_order(self.cast.party[buyer] if buyer else None)
            self.trade.refund(order_id, staff_id=self.cast.party[staff], at=moment)

        return play

    def _disputes(self, first: dt.datetime, span: dt.timedelta) -> None:
        """One lost, one won, one still open."""
        for name, share, outcome in (("lost", 0.2, False), ("won", 0.5, True), ("open", 0.93, None)):

            def opened(moment: dt.datetime, name: str = name) -> None:
                order_id = self.trade.last_order(self.cast.party["dmitri"] if name == "open" else None)
                self.ids[name], self.words[name] = order_id, self.trade.dispute(order_id, at=moment)

            def decided(moment: dt.datetime, name: str = name, won: bool | None = outcome) -> None:
                self.trade.decide_dispute(self.ids[name], self.words[name], won=bool(won), at=moment)

            self.at(first + span * share, opened)
            if outcome is not None:
                self.at(first + span * share + 9 * DAY, decided)

    def _plans(self, first: dt.datetime, span: dt.timedelta) -> None:
        ada, elif_ = 0, 4
        for buyer, plan, start, months in (
            (ada, "stave-1", first + 3 * DAY, 3),
            (elif_, "score-1", first + 25 * DAY, 1),
        ):

            def subscribed(moment: dt.datetime, buyer: int = buyer, plan: str = plan) -> None:
                self.ids[plan] = self.trade.subscribe(self.cast.buyers[buyer], plan, at=moment)

            def renewed(moment: dt.datetime, plan: str = plan) -> None:
                self.trade.renew(self.ids[plan], at=moment)

            self.at(start, subscribed)
            for month in range(1, months + 1):
                self.at(start + month * 30 * DAY, renewed)
            for number in range(CREDITS_SPENT // 2):
                moment = start + DAY + (self.calendar.end - start) * number / CREDITS_SPENT * 2
                self.at(moment, lambda _, buyer=buyer: self.trade.spend(self.cast.buyers[buyer]))  # type: ignore[misc]
        self.at(first + span * 0.8, lambda _: self.trade.end_plan(self.cast.buyers[elif_]))

    def _trials(self, first: dt.datetime, span: dt.timedelta) -> None:
        """One that became a plan, one that was cancelled, one that runs now."""
        farah, goran, hana = (self.cast_buyer(place) for place in (5, 6, 7))
        for name, buyer, start in (
            ("paid trial", farah, first + span * 0.25),
            ("cancelled trial", goran, first + span * 0.4),
            ("trial", hana, self.calendar.end - 5 * DAY),
        ):

            def begun(moment: dt.datetime, name: str = name, buyer: Buyer = buyer) -> None:
                self.ids[name] = self.trade.try_plan(buyer(), "stave-1", at=moment)

            self.at(start, begun)
            for days in (1, 3):
                self.at(start + days * DAY, lambda _, buyer=buyer: self.trade.spend(buyer(), credits_max=2))  # type: ignore[misc]
        self.at(first + span * 0.25 + 14 * DAY, lambda at: self.trade.renew(self.ids["paid trial"], at=at))
        self.at(first + span * 0.4 + 9 * DAY, lambda _: self.trade.end_plan(goran()))

    def cast_buyer(self, place: int) -> Buyer:
        """A buyer, once they have signed up."""
        return lambda: self.cast.buyers[place]

    def _packs(self, first: dt.datetime, span: dt.timedelta) -> None:
        bundles = Bundles(shelves=self.shelves, trade=self.trade, cast=self.cast)

        def scene(share: float, play: Callable[[dt.datetime], None]) -> None:
            def played(moment: dt.datetime) -> None:
                bundles.cast = self.cast
                play(moment)

            self.at(first + span * share, played)

        scene(0.3, bundles.offer_one_makers)
        scene(0.38, bundles.offer_one_that_breaks)
        scene(0.5, bundles.offer_of_two)
        scene(0.95, bundles.ask)
        for share, name, place in ((0.34, "one", 11), (0.57, "two", 8), (0.66, "one", 9), (0.88, "two", 11)):
            scene(share, lambda at, name=name, place=place: bundles.buy(name, self.cast.buyers[place], at=at))  # type: ignore[misc]

    def _sold_elsewhere(self, moment: dt.datetime) -> None:
        period = f"{self.calendar.month(2):%Y-%m}"
        elsewhere.stream(self.shelves, staff_id=self.cast.party["petra"], period=period, at=moment)

    def _month_ends(self) -> None:
        """The month before last: prepared, released by a second person, paid, closed. Last month: waits for release."""
        closed, waiting = self.calendar.period(2), self.calendar.period(1)
        first = self.calendar.month(1) + 2 * DAY + 9 * HOUR
        self.at(first, lambda _: self._calculate("closed run", closed))
        self.at(first + HOUR, lambda _: self._approve("closed run"))
        self.at(first + DAY, lambda _: self._release("closed run"))
        self.at(first + DAY + HOUR, lambda _: closing.pay(self.ids["closed run"]))
        self.at(first + 6 * DAY, lambda _: self._correct("closed run"))
        self.at(self.calendar.into_this_month(DAY), lambda _: papers.dress(self.cast))
        self.at(self.calendar.into_this_month(2 * DAY + 9 * HOUR), lambda _: self._calculate("waiting run", waiting))
        self.at(self.calendar.into_this_month(2 * DAY + 10 * HOUR), lambda _: self._approve("waiting run"))

    def _calculate(self, name: str, period: str) -> None:
        self.ids[name] = closing.calculate(period, actor_id=self.cast.party["petra"])

    def _approve(self, name: str) -> None:
        closing.review(self.ids[name], actor_id=self.cast.party["petra"])
        runs.approve(run_id=self.ids[name], actor_id=self.cast.party["petra"])

    def _release(self, name: str) -> None:
        runs.release(run_id=self.ids[name], actor_id=self.cast.party["idris"])

    def _correct(self, name: str) -> None:
        party = self.cast.party
        closing.correct(self.ids[name], singer_id=party["rosa"], prepared_by=party["petra"], posted_by=party["idris"])
