"""Splits and derivations: who decides, when it takes effect, and what is refused."""

from __future__ import annotations

import pytest

from ledger import selectors
from ledger.domain.errors import DerivationCycleError, NotAllowedError, SharesDoNotSumError, WrongStateError
from ledger.domain.events import Contribution, ElementCreated, Parent, Share
from ledger.domain.ids import uuid7
from ledger.services import append, parties, rights

pytestmark = pytest.mark.django_db


def party(name="someone", **more):
    return parties.register(display_name=name, key=f"register {uuid7()}", **more)


def element(creator_id):
    element_id = uuid7()
    append(
        ElementCreated(
            element_id=element_id,
            element_kind="melody",
            content_hash=uuid7().hex * 2,
            media_type="audio/midi",
            contributors=(Contribution(party_id=creator_id, role="producer"),),
        ),
        actor_id=creator_id,
        key=f"create {element_id}",
    )
    return element_id


def split(*parts):
    return [Share(party_id=party_id, role="producer", share_ppm=ppm) for party_id, ppm in parts]


def test_a_split_takes_effect_once_every_party_with_an_account_has_accepted():
    ann, ben, guest = party("Ann"), party("Ben"), party("Guest", claimed=False)
    song = element(ann)

    proposal = rights.propose_split(
        element_id=song, shares=split((ann, 500_000), (ben, 300_000), (guest, 200_000)), actor_id=ann, key="p"
    )

    assert selectors.splits_in_force(song) == ()
    assert [p.proposal_id for p in selectors.proposals_waiting_for(ben)] == [proposal]
    assert selectors.proposals_waiting_for(ann) == []
    assert rights.accept_split(proposal, party_id=ben)
    assert [(s.party_id, s.share_ppm) for s in selectors.splits_in_force(song)] == [
        (ann, 500_000),
        (ben, 300_000),
        (guest, 200_000),
    ]
    assert rights.accept_split(proposal, party_id=ben)


def test_a_split_of_ones_own_takes_effect_at_once_and_the_same_key_proposes_once():
    ann = party()
    song = element(ann)

    first = rights.propose_split(element_id=song, shares=split((ann, 1_000_000)), actor_id=ann, key="p")
    again = rights.propose_split(element_id=song, shares=split((ann, 1_000_000)), actor_id=ann, key="p")

    assert first == again
    assert len(selectors.splits_in_force(song)) == 1


def test_a_refused_change_leaves_the_old_split_in_force():
    ann, ben = party(), party()
    song = element(ann)
    rights.propose_split(element_id=song, shares=split((ann, 1_000_000)), actor_id=ann, key="p1")

    proposal = rights.propose_split(element_id=song, shares=split((ann, 1), (ben, 999_999)), actor_id=ann, key="p2")
    rights.refuse_split(proposal, party_id=ben)

    assert [s.party_id for s in selectors.splits_in_force(song)] == [ann]
    with pytest.raises(WrongStateError, match="refused"):
        rights.accept_split(proposal, party_id=ben)


def test_a_sale_uses_the_split_in_force_at_its_position():
    ann, ben = party(), party()
    song = element(ann)
    rights.propose_split(element_id=song, shares=split((ann, 1_000_000)), actor_id=ann, key="p1")
    before = selectors.size()
    proposal = rights.propose_split(element_id=song, shares=split((ben, 1_000_000)), actor_id=ann, key="p2")
    rights.accept_split(proposal, party_id=ben)

    assert [s.party_id for s in selectors.splits_in_force(song, position=before)] == [ann]
    assert [s.party_id for s in selectors.splits_in_force(song)] == [ben]


def test_shares_must_sum_to_all_and_the_message_shows_them():
    ann = party()
    song = element(ann)

    with pytest.raises(SharesDoNotSumError, match=r"sum to 999,999 ppm, not 1,000,000: 999,999 to"):
        rights.propose_split(element_id=song, shares=split((ann, 999_999)), actor_id=ann, key="p")
    with pytest.raises(SharesDoNotSumError, match="more than 0"):
        rights.propose_split(element_id=song, shares=split((ann, 1_000_000), (ann, 0)), actor_id=ann, key="p")


def test_only_those_who_have_a_part_may_propose_and_answer():
    ann, ben, eve = party(), party(), party()
    song = element(ann)

    with pytest.raises(NotAllowedError):
        rights.propose_split(element_id=song, shares=split((eve, 1_000_000)), actor_id=eve, key="p")
    proposal = rights.propose_split(element_id=song, shares=split((ben, 1_000_000)), actor_id=ann, key="p")
    with pytest.raises(NotAllowedError):
        rights.accept_split(proposal, party_id=eve)
    with pytest.raises(WrongStateError):
        rights.propose_split(element_id=song, shares=split((uuid7(), 1_000_000)), actor_id=ann, key="q")


def test_an_answer_that_comes_too_late_is_told_in_words_what_became_of_the_proposal():
    ann, ben = party(), party()
    song = element(ann)
    proposal = rights.propose_split(element_id=song, shares=split((ben, 1_000_000)), actor_id=ann, key="p")
    rights.accept_split(proposal, party_id=ben)

    with pytest.raises(WrongStateError, match="in force already"):
        rights.refuse_split(proposal, party_id=ben)


def derive(child, creator, *parents):
    rights.record_derivation(
        element_id=child,
        parents=[Parent(element_id=parent, upstream_ppm=ppm) for parent, ppm in parents],
        author_id=creator,
        key=f"derive {uuid7()}",
    )


def test_a_derivation_that_closes_a_circle_is_refused_with_its_path():
    ann = party()
    a, b, c = element(ann), element(ann), element(ann)
    derive(b, ann, (a, 100_000))
    derive(c, ann, (b, 100_000))

    with pytest.raises(DerivationCycleError, match=f"{a} → {c} → {b} → {a}"):
        derive(a, ann, (c, 100_000))
    with pytest.raises(DerivationCycleError, match=f"{a} → {a}"):
        derive(a, ann, (a, 1))


def test_upstream_shares_that_pass_the_whole_are_refused_with_the_stack():
    ann = party()
    a, b, c = element(ann), element(ann), element(ann)
    derive(c, ann, (a, 300_000))

    with pytest.raises(
        SharesDoNotSumError, match=f"1,100,000 ppm, more than 1,000,000: 300,000 to {a}, 800,000 to {b}"
    ):
        derive(c, ann, (b, 800_000))


def test_provenance_is_the_whole_family_with_its_events():
    ann = party()
    a, b, c, d = (element(ann) for _ in range(4))
    derive(b, ann, (a, 100_000))
    derive(c, ann, (b, 100_000))
    derive(d, ann, (b, 100_000), (a, 50_000))

    story = selectors.provenance(b)

    assert story.depth == {a: -1, b: 0, c: 1, d: 1}
    assert len(story.derivations) == 3
    assert [r.event.kind for r in story.events].count("element.created.v1") == 4
    assert [edge.parent_id for edge in selectors.derivations_above([d])].count(a) == 2
    assert len(selectors.derivations_above([d])) == 3
    assert [
        (e.child_id, e.parent_id) for e in selectors.derivations_above([c], upto=story.derivations[0].position)
    ] == []


def test_money_in_escrow_becomes_payable_when_a_party_claims_its_account():
    from tests.ledger.stories import statement_issued

    guest = party("Guest", claimed=False)
    append(statement_issued(party_id=guest, royalty_micro=5_000_001, escrowed=True), actor_id=guest, key="s")
    assert selectors.balance(f"escrow:{guest}", "EUR") == -5_000_001

    parties.claim(guest, key="c")
    parties.claim(guest, key="c")

    assert selectors.balance(f"escrow:{guest}", "EUR") == 0
    assert selectors.balance(f"payable:{guest}", "EUR") == -5_000_001
    assert selectors.party(guest).claimed


def test_a_party_can_be_forgotten_and_its_facts_stay():
    ann = party("Ann", email="ann@example.org")
    song = element(ann)

    parties.forget(ann)

    assert selectors.party(ann).email is None
    assert selectors.names_of([ann]) == {ann: "Someone who left"}
    assert selectors.party_by_email("ann@example.org") is None
    assert selectors.element(song).creator_id == ann
