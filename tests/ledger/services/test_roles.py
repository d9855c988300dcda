"""Credits: named by versions, corrected by those whom it concerns, and rebuilt from the log to the same rows."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import transaction

from ledger import selectors
from ledger.domain.errors import NotAllowedError, WrongStateError
from ledger.domain.events import Contribution, ElementCreated, ElementEdited
from ledger.domain.ids import uuid7
from ledger.services import append, parties, roles
from ledger.services.audit import verify

pytestmark = pytest.mark.django_db


def person(name: str, *, claimed: bool = True) -> UUID:
    return parties.register(display_name=name, email=f"{name}@example.org", claimed=claimed, key=f"party:{name}")


def made(maker: UUID, *others: Contribution) -> UUID:
    element_id = uuid7()
    fact = ElementCreated(
        element_id=element_id,
        element_kind="melody",
        content_hash="0" * 64,
        media_type="audio/midi",
        contributors=(Contribution(party_id=maker, role="producer"), *others),
    )
    with transaction.atomic():
        append(fact, actor_id=maker, key=f"made:{element_id}")
    return element_id


def credits_of(element_id: UUID) -> set[tuple[UUID, str]]:
    return {(one.party_id, one.role) for one in selectors.contributors(element_id)}


def test_a_maker_corrects_their_own_credit_at_once():
    mira = person("mira")
    element_id = made(mira)

    roles.propose(
        element_id=element_id,
        added=[Contribution(party_id=mira, role="songwriter")],
        removed=[Contribution(party_id=mira, role="producer")],
        actor_id=mira,
    )

    assert credits_of(element_id) == {(mira, "songwriter")}
    verify()


def test_crediting_somebody_else_waits_for_their_yes():
    mira, rosa = person("mira"), person("rosa")
    element_id = made(mira)
    named = Contribution(party_id=rosa, role="singer")

    proposal_id = roles.propose(element_id=element_id, added=[named], actor_id=mira)
    before = credits_of(element_id)
    done = roles.accept(proposal_id, party_id=rosa)

    assert before == {(mira, "producer")}
    assert done
    assert credits_of(element_id) == {(mira, "producer"), (rosa, "singer")}
    assert selectors.elements_credited(rosa) == [element_id]
    verify()


def test_a_no_leaves_the_credits_and_lets_another_correction_be_proposed():
    mira, rosa = person("mira"), person("rosa")
    element_id = made(mira)
    named = Contribution(party_id=rosa, role="singer")
    proposal_id = roles.propose(element_id=element_id, added=[named], actor_id=mira)

    with pytest.raises(WrongStateError, match="waits for answers"):
        roles.propose(element_id=element_id, added=[named], actor_id=mira)
    roles.refuse(proposal_id, party_id=rosa)

    assert credits_of(element_id) == {(mira, "producer")}
    assert roles.propose(element_id=element_id, added=[named], actor_id=mira)


def test_who_has_no_account_holds_nothing_up():
    mira, tomas = person("mira"), person("tomas", claimed=False)
    element_id = made(mira)

    roles.propose(element_id=element_id, added=[Contribution(party_id=tomas, role="musician")], actor_id=mira)

    assert (tomas, "musician") in credits_of(element_id)


def test_a_correction_stays_whatever_a_later_version_names():
    mira = person("mira")
    element_id = made(mira)
    removed = Contribution(party_id=mira, role="producer")
    added = Contribution(party_id=mira, role="arranger")
    roles.propose(element_id=element_id, added=[added], removed=[removed], actor_id=mira)
    edited = ElementEdited(
        element_id=element_id, version=2, content_hash="1" * 64, previous_hash="0" * 64, contributors=(removed,)
    )

    with transaction.atomic():
        append(edited, actor_id=mira, key="edited")

    assert credits_of(element_id) == {(mira, "arranger")}
    verify()


def test_strangers_empty_corrections_and_the_last_credit_are_refused():
    mira, ben = person("mira"), person("ben")
    element_id = made(mira)
    only = Contribution(party_id=mira, role="producer")

    with pytest.raises(NotAllowedError):
        roles.propose(element_id=element_id, added=[Contribution(party_id=ben, role="singer")], actor_id=ben)
    with pytest.raises(WrongStateError, match="nothing"):
        roles.propose(element_id=element_id, actor_id=mira)
    with pytest.raises(WrongStateError, match="somebody must stay"):
        roles.propose(element_id=element_id, removed=[only], actor_id=mira)
    with pytest.raises(WrongStateError, match="already"):
        roles.propose(element_id=element_id, added=[only], actor_id=mira)
