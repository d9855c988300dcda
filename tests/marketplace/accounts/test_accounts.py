"""From signing up to a new password, through the very pages and letters that people use."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from ledger import selectors as ledger
from ledger.domain.ids import uuid7
from ledger.services import append
from marketplace.accounts import mail, services
from marketplace.accounts.models import User
from marketplace.accounts.permissions import Role, roles_of
from tests.helpers.shop import PASSWORD, Shop
from tests.ledger.stories import statement_issued

pytestmark = pytest.mark.django_db

FORM = {"email": "mira@example.org", "display_name": "Mira", "password": PASSWORD}


def sign_in(email: str, password: str) -> Any:
    return Client().post("/sign-in/", {"username": email, "password": password})


def test_an_account_is_a_party_of_the_ledger_from_its_first_moment(shop: Shop, client: Client) -> None:
    answer = client.post("/sign-up/", FORM | {"creator": "on"})

    user = User.objects.get()
    party = ledger.party(user.party_id)
    assert answer.headers["Location"] == "/account/"
    assert party is not None
    assert (party.display_name, party.email, party.claimed) == ("Mira", "mira@example.org", True)
    assert roles_of(user) == {Role.BUYER, Role.CREATOR}
    assert b"Mira" in client.get("/account/").content


def test_one_address_in_whatever_case_has_one_account(shop: Shop, client: Client) -> None:
    shop.person("Mira")

    answer = client.post("/sign-up/", FORM | {"email": "MIRA@example.org"})

    assert answer.status_code == 422
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["short", "password1234", "mira@example.org"])
def test_weak_passwords_are_refused_with_words(shop: Shop, client: Client, password: str) -> None:
    answer = client.post("/sign-up/", FORM | {"password": password})

    assert answer.status_code == 422
    assert not User.objects.exists()


def test_people_sign_in_with_their_address_and_no_wrong_password_helps(shop: Shop) -> None:
    shop.person("Mira")

    assert sign_in("Mira@Example.org", PASSWORD).status_code == 302
    assert sign_in("mira@example.org", "five lines and a long one").status_code == 200
    assert sign_in("nobody@example.org", PASSWORD).status_code == 200


def test_signing_out_takes_a_post_and_then_pages_are_closed(shop: Shop) -> None:
    client = shop.client(shop.person("Mira"))

    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")

    assert client.get("/account/").headers["Location"] == "/sign-in/?next=/account/"


def test_after_signing_in_nobody_is_sent_to_another_site(shop: Shop) -> None:
    shop.person("Mira")

    answer = Client().post(
        "/sign-in/?next=https://evil.example/", {"username": "mira@example.org", "password": PASSWORD}
    )

    assert answer.headers["Location"] == "/"


def test_a_new_password_comes_by_letter_and_its_link_works_once(shop: Shop, client: Client) -> None:
    shop.person("Mira")

    client.post("/password/", {"email": "mira@example.org"})
    shop.work("send_mail")
    (letter,) = mail.letters()
    link = re.search(r"/password/[^/\s]+/[^/\s]+/", letter.text)
    assert link is not None
    page = client.get(link[0], follow=True)
    form = page.redirect_chain[-1][0]
    fresh = "another five lines, longer"
    changed = client.post(form, {"new_password1": fresh, "new_password2": fresh})

    assert letter.recipient == "mira@example.org"
    assert changed.headers["Location"] == "/sign-in/"
    assert sign_in("mira@example.org", fresh).status_code == 302
    assert sign_in("mira@example.org", PASSWORD).status_code == 200
    assert b"new_password1" not in Client().get(link[0], follow=True).content


def test_asking_for_a_stranger_s_password_looks_the_same_and_sends_nothing(shop: Shop, client: Client) -> None:
    shop.person("Mira")

    known = client.post("/password/", {"email": "mira@example.org"})
    unknown = client.post("/password/", {"email": "stranger@example.org"})
    shop.work("send_mail")

    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert len(mail.letters()) == 1


def test_letters_can_be_read_on_a_machine_of_one_s_own(shop: Shop, client: Client) -> None:
    mail.queue(recipient="mira@example.org", subject="Hello", template="invitation", context={"link": "http://x/y"})
    shop.work("send_mail")

    page = client.get("/mail/")

    assert b"Hello" in page.content
    assert client.get(f"/mail/{mail.letters()[0].name}/").status_code == 200
    assert client.get("/mail/nothing/").status_code == 404
    assert client.get("/mail/..%2f..%2fkeys/").status_code == 404


@pytest.mark.parametrize("change", ["a mail server", "a public address", "a caller from elsewhere"])
def test_letters_are_nobody_s_business_elsewhere(shop: Shop, client: Client, settings: Any, change: str) -> None:
    if change == "a mail server":
        settings.EMAIL_IS_SMTP = True
    elif change == "a public address":
        settings.SITE_URL = "https://ledgerline.example"
    caller = "203.0.113.9" if change == "a caller from elsewhere" else "127.0.0.1"

    assert client.get("/mail/", REMOTE_ADDR=caller).status_code == 404


@pytest.mark.parametrize("path", ["/sign-up/", "/password/"])
def test_doors_that_can_be_hammered_answer_429_with_a_time(shop: Shop, client: Client, path: str) -> None:
    for _ in range(60):
        assert client.post(path, {}).status_code != 429

    answer = client.post(path, {})

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert client.get(path).status_code == 200


def test_guessing_one_account_s_password_ends_long_before_it_could_succeed(shop: Shop) -> None:
    shop.person("Mira")

    answers = [sign_in("mira@example.org", f"guess number {n}").status_code for n in range(31)]

    assert answers[:30] == [200] * 30
    assert answers[-1] == 429
    assert sign_in("mira@example.org", PASSWORD).status_code == 429
    assert sign_in("other@example.org", PASSWORD).status_code == 200


def test_an_invitation_joins_the_invited_party_and_its_escrow(shop: Shop, client: Client) -> None:
    mira = shop.creator("Mira")
    party = services.party_for(email="tomas@example.org", invited_by=mira.party_id)
    append(
        statement_issued(party_id=party, royalty_micro=5_000_000, escrowed=True),
        actor_id=mira.party_id,
        key="statement",
    )
    mail.send_invitation("tomas@example.org")
    shop.work("send_mail")
    (letter,) = mail.letters()
    link = next(one for one in letter.links if "invitation=" in one)
    path = link[link.index("/sign-up/") :]

    assert b"tomas@example.org" in client.get(path).content
    stolen = client.post(path, FORM | {"email": "thief@example.org"})
    joined = client.post(path, FORM | {"email": "Tomas@example.org", "display_name": "Tomás"})

    assert stolen.status_code == 422
    assert joined.status_code == 302
    user = User.objects.get(email__iexact="tomas@example.org")
    assert user.party_id == party
    assert roles_of(user) == {Role.BUYER, Role.CREATOR}
    assert ledger.party(party).claimed
    assert ledger.balance(f"escrow:{party}", "EUR") == 0
    assert ledger.balance(f"payable:{party}", "EUR") == -5_000_000


def test_who_signs_up_with_an_invited_address_must_use_the_link(shop: Shop, client: Client) -> None:
    mira = shop.creator("Mira")
    party = services.party_for(email="tomas@example.org", invited_by=mira.party_id)

    answer = client.post("/sign-up/", FORM | {"email": "tomas@example.org"})
    shop.work("send_mail")

    assert answer.status_code == 422
    assert not User.objects.filter(email="tomas@example.org").exists()
    assert not ledger.party(party).claimed
    assert [letter.recipient for letter in mail.letters()] == ["tomas@example.org"]


def test_a_damaged_invitation_leads_to_the_plain_form(shop: Shop, client: Client) -> None:
    assert client.get("/sign-up/?invitation=made-up").headers["Location"] == "/sign-up/"


def test_a_new_name_is_shown_and_no_fact_changes(shop: Shop) -> None:
    mira = shop.creator("Mira")
    size = ledger.size()

    shop.client(mira).post("/account/", {"display_name": "Mira Lindqvist"})

    assert ledger.party(mira.party_id).display_name == "Mira Lindqvist"
    assert ledger.size() == size


def test_anyone_signed_in_may_start_to_sell(shop: Shop) -> None:
    client = shop.client(shop.person("Bea"))
    assert client.get("/upload/").status_code == 403

    client.post("/account/creator/")

    assert client.get("/upload/").status_code == 200


def test_coming_back_from_the_processor_is_no_proof_of_a_payout_account(shop: Shop, linked: Any) -> None:
    mira = shop.creator("Mira")
    client = shop.client(mira)

    away = client.post("/account/payouts/")
    client.get("/account/payouts/returned/")
    before = ledger.party(mira.party_id)
    linked.lever("onboard", account=before.stripe_account_id)
    client.get("/account/payouts/returned/")

    assert away.headers["Location"].startswith(linked.base_url)
    assert not before.payouts_enabled
    assert ledger.party(mira.party_id).payouts_enabled


def test_a_party_invited_twice_is_one_party(shop: Shop) -> None:
    mira = shop.creator("Mira")

    parties = {services.party_for(email=email, invited_by=mira.party_id) for email in ("t@x.org", "T@X.org")}

    assert len(parties) == 1
    assert services.party_for(email="Mira@example.org", invited_by=uuid7()) == mira.party_id
