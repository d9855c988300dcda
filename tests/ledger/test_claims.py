"""Claims: both sides are heard or had their time, the decision has a reason, and both can read it."""

from __future__ import annotations

from typing import Any

import pytest

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.errors import NotAllowedError, WrongStateError
from ledger.domain.ids import uuid7
from ledger.domain.upcasts import upcast
from ledger.services import claims, clock
from ledger.services.audit import verify
from marketplace.accounts.permissions import Role
from tests.helpers import books
from tests.helpers.shop import Shop, day, shop

__all__ = ["shop"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def dispute(shop: Shop) -> dict[str, Any]:
    """Mira's new element is close to Tomas's: forty per cent of it is in question since 2 July."""
    with clock.at(day("2026-07-01")):
        people = {name: shop.creator(name.title()) for name in ("mira", "tomas", "eve")}
        people["anna"] = shop.person("Anna", Role.LABEL_STAFF)
        older, newer = shop.element(people["tomas"], "Old"), shop.element(people["mira"], "New")
    claim_id = uuid7()
    books.write(
        events.ClaimOpened(
            claim_id=claim_id, element_id=newer, resembles_id=older, disputed_ppm=400_000, reason="near_match"
        ),
        at="2026-07-02",
    )
    return {**people, "claim": claim_id}


def decide(dispute: dict[str, Any], at: str, *, reason: str = "same notes", by: str = "anna") -> None:
    with clock.at(day(at)):
        claims.decide(claim_id=dispute["claim"], upheld=True, reason=reason, actor_id=dispute[by].party_id)


def say(dispute: dict[str, Any], who: str, words: str = "I wrote it first.", at: str = "2026-07-03") -> None:
    with clock.at(day(at)):
        claims.state(claim_id=dispute["claim"], party_id=dispute[who].party_id, words=words)


def test_nobody_decides_before_both_sides_were_heard(dispute) -> None:
    say(dispute, "mira")
    with pytest.raises(WrongStateError, match="not heard yet"):
        decide(dispute, "2026-07-04")

    say(dispute, "tomas", at="2026-07-05")
    decide(dispute, "2026-07-06")

    found = ledger.claim(dispute["claim"])
    assert found is not None
    assert found.state == "upheld"
    assert ledger.document(found.reason_hash) == b"same notes"
    verify()


def test_who_does_not_answer_in_time_makes_nobody_wait(dispute, settings) -> None:
    settings.CLAIM_ANSWER_DAYS = 14
    with pytest.raises(WrongStateError, match="until 16 July 2026"):
        decide(dispute, "2026-07-15")

    decide(dispute, "2026-07-17")

    assert ledger.claim(dispute["claim"]).state == "upheld"


def test_a_decision_has_a_reason_and_nobody_decides_their_own(dispute) -> None:
    with pytest.raises(WrongStateError, match="reason"):
        decide(dispute, "2026-08-01", reason="   ")
    with pytest.raises(NotAllowedError):
        decide(dispute, "2026-08-01", by="mira")

    assert ledger.claim(dispute["claim"]).state == "open"


def test_only_the_two_sides_are_heard_and_only_while_the_claim_is_open(dispute) -> None:
    with pytest.raises(NotAllowedError):
        say(dispute, "eve")
    with pytest.raises(WrongStateError):
        say(dispute, "mira", words="  ")
    say(dispute, "mira")
    say(dispute, "mira")  # the same again is the same
    say(dispute, "mira", words="And here is the session.")
    decide(dispute, "2026-08-01")
    with pytest.raises(WrongStateError, match="decided already"):
        say(dispute, "tomas", at="2026-08-02")

    said = [ledger.document(one.statement_hash) for one in ledger.claim_statements(dispute["claim"])]
    assert said == [b"I wrote it first.", b"And here is the session."]


def test_claims_and_holds_of_the_first_version_are_still_read() -> None:
    decided = {"claim_id": str(uuid7()), "element_id": str(uuid7()), "upheld": True}
    hold = {"hold_id": str(uuid7()), "party_id": str(uuid7()), "currency": None, "reason_hash": "0" * 64}
    lifted = {"hold_id": hold["hold_id"], "party_id": hold["party_id"]}

    read = [
        events.decode(*upcast(kind, body))
        for kind, body in (("claim.decided.v1", decided), ("hold.placed.v1", hold), ("hold.lifted.v1", lifted))
    ]

    assert [one.kind for one in read] == ["claim.decided.v2", "hold.placed.v2", "hold.lifted.v2"]
    assert read[0].reason_hash == ""
    assert (str(read[1].party_id), read[1].element_id) == (hold["party_id"], None)
