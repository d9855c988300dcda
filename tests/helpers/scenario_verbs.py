"""What stories told as text say of rights, of sales and of subscriptions: the verbs of `tests.helpers.scenarios`."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from ledger.domain import events
from ledger.domain.corrections import ShareRow, SplitCorrected
from ledger.domain.ids import uuid7
from ledger.services import holds, parties, rights
from ledger.services.settlements import corrections
from marketplace.accounts.models import User
from tests.helpers import books
from tests.helpers.shop import day

MICRO = PPM = 1_000_000


def ppm(percent: str) -> int:
    """Percent as ppm, exactly."""
    return int(Decimal(percent) * 10_000)


def micro(amount: str) -> int:
    """Euros or dollars as micro of a cent, exactly."""
    return int(Decimal(amount) * 100 * MICRO)


def minor(amount: str) -> int:
    """Euros or dollars as cents."""
    return micro(amount) // MICRO


@dataclass(slots=True, kw_only=True)
class Lot:
    """Credits that somebody paid for, and how many are used."""

    lot_id: UUID
    subscriber_id: UUID
    credits: int
    net_minor: int
    used: int = 0

    def release(self, count: int) -> int:
        """Use credits up: the minor units that leave the lot with them."""
        before = self.net_minor * self.used // self.credits
        self.used += count
        return self.net_minor * self.used // self.credits - before


class Rights:
    """Who owns what, from when on, and what it is made from."""

    ids: dict[str, UUID]
    prepares: User
    releases: User
    run_id: UUID | None

    def shares(self, owners: str) -> list[tuple[UUID, int]]:
        """`Ann 60 % Bob 40 %`, or one name: all of it."""
        named = [(self.ids[who], ppm(part)) for who, part in re.findall(r"(\w+) ([\d.]+) %", owners)]
        return named or [(self.ids[owners.strip()], PPM)]

    def _split(self, at: str, rest: str) -> None:
        """The element's creator proposes; all who are asked say yes."""
        name, _, owners = rest.partition(" ")
        shares = [events.Share(party_id=who, role="producer", share_ppm=part) for who, part in self.shares(owners)]
        proposal_id = rights.propose_split(
            element_id=self.ids[name], shares=shares, actor_id=self.ids[f"creator {name}"], key=f"split:{uuid7()}"
        )
        for one in shares:
            if one.party_id != self.ids[f"creator {name}"]:
                rights.accept_split(proposal_id, party_id=one.party_id)

    def _derive(self, at: str, rest: str) -> None:
        name, _, made_of = rest.partition(" ")
        parents = tuple(
            events.Parent(element_id=self.ids[one], upstream_ppm=ppm(part))
            for one, part in re.findall(r"(\w+) ([\d.]+) %", made_of)
        )
        author = self.ids[f"creator {name}"]
        books.write(events.ElementDerived(element_id=self.ids[name], author_id=author, parents=parents), at=at)

    def _claims(self, at: str, name: str) -> None:
        """Somebody who was invited opens an account, and one for payouts."""
        parties.claim(self.ids[name], key=f"claim:{name}")
        parties.connect_payouts(self.ids[name], stripe_account_id=f"acct_{name}", payouts_enabled=True)

    def _hold(self, at: str, name: str) -> None:
        """A payee (a capital) is not paid, or an element (none) is left out, until `free`."""
        on = "party_id" if name[0].isupper() else "element_id"
        self.ids[f"hold {name}"] = holds.place_hold(
            **{on: self.ids[name]}, reason="a claim is looked into", actor_id=self.prepares.party_id
        )

    def _free(self, at: str, name: str) -> None:
        holds.lift_hold(hold_id=self.ids[f"hold {name}"], actor_id=self.prepares.party_id)

    def _correct(self, at: str, rest: str) -> None:
        """The last run's split was wrong: one works the difference out, a second person posts it."""
        name, _, owners = rest.partition(" ")
        assert self.run_id, "a run comes first"
        correction_id = corrections.calculate(
            run_id=self.run_id,
            changes=[
                SplitCorrected(
                    element_id=str(self.ids[name]),
                    shares=tuple(ShareRow(str(who), "producer", part) for who, part in self.shares(owners)),
                )
            ],
            reason="somebody was left out",
            actor_id=self.prepares.party_id,
            key=f"correction:{uuid7()}",
        )
        corrections.post(correction_id=correction_id, actor_id=self.releases.party_id)


class Money:
    """What is sold, taken back and spent."""

    ids: dict[str, UUID]
    sales: dict[str, list[books.Sale]]
    lots: dict[str, Lot]

    def _sale(self, at: str, rest: str) -> None:
        name, amount, *more = rest.split()
        sale = books.sell(
            self.ids[name],
            minor(amount),
            at=at,
            fee_minor=None if "unsettled" in more else 0,
            currency=next((one for one in more if one.isupper()), "EUR"),
        )
        self.sales.setdefault(name, []).append(sale)

    def _fee(self, at: str, rest: str) -> None:
        name, amount = rest.split()
        books.settle_charge(self.sales[name][-1], minor(amount), at=at)

    def _refund(self, at: str, rest: str) -> None:
        books.refund(self.sales[rest].pop(), at=at)

    def _dispute(self, at: str, rest: str) -> None:
        """A buyer's bank takes the newest sale back, and a fee with it."""
        name, fee = rest.split()
        self.ids[f"dispute {name}"] = uuid7()
        self._taken(name, events.DisputeOpened, minor(fee), at=at)

    def _won(self, at: str, rest: str) -> None:
        """The bank gives all of it back."""
        name, fee = rest.split()
        self._taken(name, events.DisputeWon, minor(fee), at=at)

    def _lost(self, at: str, name: str) -> None:
        order_id = self.sales[name][-1].order_id
        books.write(events.DisputeLost(dispute_id=self.ids[f"dispute {name}"], order_id=order_id), at=at)

    def _taken(
        self, name: str, kind: type[events.DisputeOpened | events.DisputeWon], fee_minor: int, *, at: str
    ) -> None:
        sale = self.sales[name][-1]
        fact = kind(
            dispute_id=self.ids[f"dispute {name}"],
            order_id=sale.order_id,
            currency=sale.currency,
            lines=(sale.amount(fee_minor=fee_minor),),
        )
        books.write(fact, at=at)

    def _plan(self, at: str, rest: str) -> None:
        found = re.fullmatch(r"(\w+) ([\d.]+) for (\d+) credits (user-centric|pro-rata)", rest)
        assert found, "plan SUBSCRIBER AMOUNT for N credits user-centric|pro-rata"
        name, amount, credits, policy = found.groups()
        subscription_id = uuid7()
        lot = Lot(lot_id=uuid7(), subscriber_id=uuid7(), credits=int(credits), net_minor=minor(amount))
        self.lots[name] = lot
        who = {"subscription_id": subscription_id, "subscriber_id": lot.subscriber_id}
        books.write(
            events.SubscriptionStarted(
                plan="stave-1", policy="pro_rata" if policy == "pro-rata" else "user_centric", **who
            ),
            events.CreditsGranted(
                lot_id=lot.lot_id, credits=lot.credits, currency="EUR", gross_minor=lot.net_minor, tax_minor=0,
                fee_minor=0, expires_at=day(at) + dt.timedelta(days=90), **who,
            ),
            at=at,
        )  # fmt: skip

    def _spend(self, at: str, rest: str) -> None:
        name, element, count = rest.split()
        lot = self.lots[name]
        spent = events.CreditsSpent(
            lot_id=lot.lot_id, subscriber_id=lot.subscriber_id, element_id=self.ids[element], credits=int(count),
            currency="EUR", released_minor=lot.release(int(count)),
        )  # fmt: skip
        books.write(spent, at=at)

    def _expire(self, at: str, name: str) -> None:
        lot = self.lots[name]
        left = lot.credits - lot.used
        expired = events.CreditsExpired(
            lot_id=lot.lot_id, subscriber_id=lot.subscriber_id, credits=left, currency="EUR",
            released_minor=lot.release(left),
        )  # fmt: skip
        books.write(expired, at=at)
