"""Pages of rights: the split of an element with its change log, building on it, who gets what, what waits for whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ledger import selectors as ledger
from ledger.domain.events import Share
from ledger.services import clock
from ledger.services.rights import TermsWanted
from marketplace.accounts import services as accounts
from marketplace.accounts import tasks
from marketplace.accounts.permissions import Role
from marketplace.catalogue import services
from marketplace.catalogue.errors import NoRightError
from marketplace.catalogue.models import Listing
from marketplace.checkout import services as checkout
from tests.helpers import books
from tests.helpers.sandbox import Running
from tests.helpers.shop import Shop, day

pytestmark = pytest.mark.django_db


def form(*people: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A publish form: (e-mail, percent) of each."""
    return {
        "currency": "EUR", "standard": "12.00", "upstream": "10", "derive": "on",
        "party": [email for email, _ in people], "role": ["producer"] * len(people),
        "percent": [percent for _, percent in people], **more,
    }  # fmt: skip


def test_the_split_page_says_whose_answer_is_missing_and_keeps_every_step(shop: Shop) -> None:
    mira, tomas = shop.creator("Mira"), shop.creator("Tomas")
    listing = shop.on_sale(mira)
    url = f"/elements/{listing.entry_id}/splits/"
    rows = {"party": ["mira@example.org", "tomas@example.org"], "role": ["producer", "singer"], "percent": ["60", "40"]}

    proposed = shop.client(mira).post(url, rows, follow=True).content.decode()
    (proposal,) = ledger.proposals_naming(tomas.party_id)
    asked = shop.client(tomas).get(url).content.decode()
    shop.client(tomas).post(f"/splits/{proposal.proposal_id}/", {"answer": "accept", "element": "1"})
    after = shop.client(tomas).get(url).content.decode()

    assert "Still missing: Tomas" in proposed
    assert 'value="accept"' in asked
    assert shop.work("send_mail") == 1
    assert [record.event.kind for record in ledger.split_events(listing.entry_id)][:3] == [
        "split.took_effect.v1",
        "split.accepted.v1",
        "split.accepted.v1",
    ]
    assert after.count("/receipts/") == len(ledger.split_events(listing.entry_id))
    assert "Still missing" not in after
    receipt = ledger.split_events(listing.entry_id)[-1].event_id
    assert shop.client(tomas).get(f"/receipts/{receipt}.tlog-proof").status_code == 200
    assert shop.client(shop.person("Eve")).get(url).status_code == 404


def test_a_proposal_is_taken_back_by_who_made_it_and_nobody_else(shop: Shop) -> None:
    mira, tomas = shop.creator("Mira"), shop.creator("Tomas")
    listing = shop.on_sale(mira)
    shop.offer(mira, listing.entry_id, shares=[(mira, 500_000), (tomas, 500_000)])
    (proposal,) = ledger.proposals_naming(tomas.party_id)
    url = f"/splits/{proposal.proposal_id}/withdraw/"

    shop.client(tomas).post(url)
    still_open = ledger.open_proposal(listing.entry_id)
    shop.client(mira).post(url)
    shop.client(mira).post(url)

    assert still_open is not None
    assert ledger.open_proposal(listing.entry_id) is None
    assert ledger.split_events(listing.entry_id)[0].event.kind == "split.withdrawn.v1"
    assert [share.party_id for share in ledger.splits_in_force(listing.entry_id)] == [mira.party_id]


def test_an_invited_payee_gets_a_letter_whose_link_brings_the_share_along(shop: Shop, settings: Any) -> None:
    mira = shop.creator("Mira")
    listing = shop.on_sale(mira)
    rows = {"party": ["mira@example.org", "tomas@example.org"], "role": ["producer", "singer"], "percent": ["60", "40"]}
    shop.client(mira).post(f"/elements/{listing.entry_id}/splits/", rows)

    assert shop.work("send_mail") == 1
    (letter,) = Path(settings.EMAIL_FILE_PATH).glob("*.log")
    link = next(word for word in letter.read_text().split() if "/sign-up/" in word)
    answer = shop.client(None).post(
        link.removeprefix(settings.SITE_URL),
        {"email": "tomas@example.org", "display_name": "Tomas", "password": "five lines and a short one"},
        follow=True,
    )

    assert answer.redirect_chain[-1][0] == "/escrow/"
    tomas = ledger.party_by_email("tomas@example.org")
    assert tomas is not None
    assert tomas.claimed
    assert tomas.party_id in {share.party_id for share in ledger.splits_in_force(listing.entry_id)}


def test_the_invited_are_reminded_once_by_mail_and_told_when_they_come_late(shop: Shop, settings: Any) -> None:
    with clock.at(day("2026-01-01")):
        mira = shop.creator("Mira")
        petra, idris = shop.person("Petra", Role.LABEL_STAFF), shop.person("Idris", Role.LABEL_STAFF)
        invited = accounts.party_for(email="tomas@example.org", invited_by=mira.party_id)
        listing = shop.on_sale(mira, shares=[(mira, 600_000), (invited, 400_000)])
        shop.work("send_mail")
    books.sell(listing.entry_id, at="2026-02-03")
    books.settle("2026-02", by=petra, released_by=idris)

    for moment in ("2028-10-10", "2028-10-11", "2029-01-02"):
        with clock.at(day(moment)):
            tasks.look_after_escrow()
    sent = shop.work("send_mail")
    letters = sorted(Path(settings.EMAIL_FILE_PATH).glob("*.log"), key=lambda file: file.stat().st_mtime)
    with clock.at(day("2029-02-01")):
        late = accounts.sign_up(email="tomas@example.org", password=None, display_name="Tomas", invited_party=invited)
    page = shop.client(late).get("/escrow/").content.decode()

    assert sent == 1
    assert "3.23 EUR" in letters[-1].read_text()
    assert "1 January 2029" in letters[-1].read_text()
    assert "You start at nothing" in page
    assert ledger.escrow_claimed(invited) == ()


def test_the_publish_page_refuses_what_may_not_be_built_on_and_says_where_the_licence_is(shop: Shop) -> None:
    mira, ben = shop.creator("Mira"), shop.creator("Ben")
    song = shop.on_sale(mira, licence="remix")
    child = shop.element(ben, "After Mira")

    answer = shop.client(ben).post(
        f"/elements/{child}/publish/", form(("ben@example.org", "100"), parent=[str(song.entry_id)])
    )

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "You hold no licence for “Night ferry”" in text
    assert f'<a href="/elements/{song.entry_id}/">See its licences</a>' in text
    assert not Listing.objects.filter(entry_id=child).exists()
    assert ledger.parents_of(child) == []


def test_terms_are_published_with_the_offer_and_bound_to_what_the_buyer_saw(shop: Shop, linked: Running) -> None:
    mira, ben = shop.creator("Mira"), shop.creator("Ben")
    song = shop.element(mira)
    wanted = form(
        ("mira@example.org", "100"), remix="20.00", weight="measured", least="5", most="30", expires_days="90"
    )
    shop.client(mira).post(f"/elements/{song}/publish/", wanted)
    (first,) = ledger.derivation_terms_versions(song)
    remix = Listing.objects.get(entry_id=song, licence_kind="remix")
    order = shop.place(ben, remix)
    shop.client(mira).post(f"/elements/{song}/publish/", {**wanted, "upstream": "25"})
    linked.pay(order.session_id, "4000000000000077")
    checkout.confirm_from_processor(order_id=order.id)

    (held,) = ledger.licences_of(ben.party_id)
    assert (first.upstream_ppm_min, first.upstream_ppm, first.upstream_ppm_max) == (50_000, 100_000, 300_000)
    assert [one.version for one in ledger.derivation_terms_versions(song)] == [2, 1]
    assert held.derivation_terms_id == first.terms_id
    assert held.allows == ["derive", "sell_derivative"]
    assert held.expires_at is not None
    assert (held.expires_at - held.granted_at).days in (89, 90)


def test_what_one_keeps_is_shown_before_it_is_declared_and_is_what_a_run_pays(shop: Shop) -> None:
    """12.00 at 15 %: 10.20 to divide. Mira's song takes a quarter, of which Uma 30 %; Ben and Cleo divide the rest."""
    with clock.at(day("2026-01-01")):
        mira, uma, ben, cleo = (shop.creator(name) for name in ("Mira", "Uma", "Ben", "Cleo"))
        petra, idris = shop.person("Petra", Role.LABEL_STAFF), shop.person("Idris", Role.LABEL_STAFF)
        song = shop.on_sale(mira, shares=[(mira, 700_000), (uma, 300_000)], licence="free", price_minor=0,
                            upstream_ppm=250_000)  # fmt: skip
        (asked,) = ledger.proposals_naming(uma.party_id)
        services.answer_split(proposal_id=asked.proposal_id, party_id=uma.party_id, accept=True)
        checkout.claim_free(buyer_id=ben.party_id, listing_id=song.id)
        child = shop.element(ben, "After Mira")
    fields = form(("ben@example.org", "66.6667"), ("cleo@example.org", "33.3333"), parent=[str(song.entry_id)])

    shown = shop.client(ben).post(f"/elements/{child}/publish/", {**fields, "action": "preview"})
    looked = ledger.parents_of(child)
    with clock.at(day("2026-01-02")):
        shop.client(ben).post(f"/elements/{child}/publish/", fields)
        (proposal,) = ledger.proposals_naming(cleo.party_id)
        services.answer_split(proposal_id=proposal.proposal_id, party_id=cleo.party_id, accept=True)
    books.sell(child, 1200, at="2026-02-03", fee_minor=0)
    run_id = books.settle("2026-02", by=petra, released_by=idris)

    plan = shown.context["plan"]
    assert looked == []
    assert shown.status_code == 200
    assert "You keep 42.5" in shown.content.decode()
    assert plan["keeps_micro"] == books.royalty(run_id, ben)
    assert books.royalty(run_id, uma) == 1200_000_000 * 85 // 100 // 4 * 3 // 10


def test_a_licence_to_build_but_not_to_sell_keeps_the_derivation_off_sale(shop: Shop) -> None:
    mira, ben = shop.creator("Mira"), shop.creator("Ben")
    song = shop.on_sale(mira, licence="free", price_minor=0)
    deriving = TermsWanted.fixed(100_000, allowed_uses=("own_music", "derive"))
    services.publish(
        element_id=song.entry_id, actor_id=mira.party_id, deriving=deriving,
        offers=[services.Offer(licence_kind="free", currency="EUR", price_minor=0)],
        shares=[one_share(mira.party_id)],
    )  # fmt: skip
    checkout.claim_free(buyer_id=ben.party_id, listing_id=song.id)
    child = shop.element(ben, "After Mira")

    with pytest.raises(NoRightError, match="sell what you build"):
        services.publish(
            element_id=child, actor_id=ben.party_id, parent_ids=[song.entry_id],
            offers=[services.Offer(licence_kind="standard", currency="EUR", price_minor=900)],
            shares=[one_share(ben.party_id)],
        )  # fmt: skip

    assert ledger.parents_of(child) == []


def one_share(party_id: UUID) -> Any:
    return Share(party_id=party_id, role="producer", share_ppm=1_000_000)
