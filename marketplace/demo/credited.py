"""Credits of the demo: people say what they did on each other's elements, and by which numbers they are known."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ledger import selectors as ledger
from ledger.domain.events import Contribution
from ledger.services import identifiers, roles
from marketplace.demo.cast import Cast
from marketplace.demo.shelves import Shelves

# Made up, with the check digits that such numbers have.
NUMBERS = (("9999000000001011", "99900010154"), ("9999000000002145", ""), ("", "99900022732"))
# (how many elements further, role) for each of the people around a maker.
HANDS = ((1, "musician"), (2, "audio_engineer"), (3, "singer"), (4, "arranger"), (6, "editor"))


def number(cast: Cast) -> None:
    """Some makers are known by an ISNI or an IPI name number."""
    for party_id, (isni, ipi) in zip(cast.creators, NUMBERS, strict=False):
        identifiers.identify_party(party_id=party_id, isni=isni, ipi=ipi, actor_id=party_id)


def credit(cast: Cast, shelves: Shelves) -> None:
    """On every third element somebody else had a hand, too; the label distributes a few of its people's."""
    makers = {party_id: place for place, party_id in enumerate(cast.creators)}
    chosen = list(dict.fromkeys((one.element_id, one.seller_id) for one in shelves.offers))[::3]
    for number_of, (element_id, seller_id) in enumerate(chosen):
        step, role = HANDS[number_of % len(HANDS)]
        helper = cast.creators[(makers[seller_id] + step) % len(cast.creators)]
        named = [Contribution(party_id=helper, role=role)]  # type: ignore[arg-type]  # one of the ledger's roles
        if seller_id in (cast.creators[1], cast.creators[3]):
            named.append(Contribution(party_id=cast.label_id, role="distributor"))
        _agreed(element_id, named, seller_id)


def ask(cast: Cast, shelves: Shelves) -> None:
    """A correction that waits for the first maker's yes: a singer whom nobody named."""
    mine = [one.element_id for one in shelves.offers if one.seller_id == cast.creators[0]]
    singer = cast.creators[5]
    for element_id in dict.fromkeys(mine):
        credited = {one.party_id for one in ledger.contributors(element_id)}
        if singer not in credited and len(credited) > 1:
            other = next(party_id for party_id in credited if party_id != cast.creators[0])
            named = [Contribution(party_id=singer, role="singer")]
            roles.propose(element_id=element_id, added=named, actor_id=other)
            return


def _agreed(element_id: UUID, named: Sequence[Contribution], seller_id: UUID) -> None:
    standing = ledger.contributors(element_id)
    added = [one for one in named if one not in standing]
    if not added:
        return
    proposal_id = roles.propose(element_id=element_id, added=added, actor_id=seller_id)
    proposal = ledger.role_proposal(proposal_id)
    for party_id in sorted(proposal.waiting_for) if proposal else ():
        roles.accept(proposal_id, party_id=party_id)
