"""A seeded story of a small marketplace: a legal log with every kind of event, for property tests."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from ledger.domain import events as ev
from tests.ledger.stories.drawn import ACTOR, CURRENCIES, START, hash_of, statement_issued
from tests.ledger.stories.money import Money
from tests.ledger.stories.rights import Rights
from tests.ledger.stories.sales import Sales
from tests.ledger.stories.works import Works

__all__ = ["ACTOR", "CURRENCIES", "START", "Story", "hash_of", "statement_issued", "tell"]


class Story(Works, Sales, Money, Rights):
    """Events of a marketplace, drawn by one seed."""

    def commands(self) -> Iterator[tuple[ev.Event, ...]]:
        """Commands in a legal order: each tuple belongs together."""
        yield from self.people()
        yield from self.works()
        yield from self.packs()
        for _ in range(6):
            self.currency = self.random.choice(CURRENCIES)
            yield from self.sale()
        yield from self.plan()
        yield from self.trial()
        yield from self.roles()
        yield from self.agreements()
        yield from self.run()
        yield from self.rights()
        yield from self.others()
        yield from self.sold_elsewhere()


def tell(seed: int, *, actor_id: UUID = ACTOR) -> int:
    """Append a whole story in the caller's transaction; how many events."""
    from ledger.services import append

    count = 0
    for number, events in enumerate(Story(seed).commands()):
        count += len(append(*events, actor_id=actor_id, key=f"story {seed} {number}"))
    return count
