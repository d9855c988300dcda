from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.helpers.checkout import SUCCESS, plan_params, session_params
from tests.helpers.sandbox import Answer, Running


def _token(answer: Answer, action: str = "") -> str:
    match = re.search(rf'action="{action}[^"]*".*?name="token" value="([^"]+)"', answer.text, re.DOTALL)
    assert match is not None, answer.text
    return match[1]


def _opened(sandbox: Running, *amounts: int) -> tuple[str, str, Answer]:
    session = sandbox.client.v1.checkout.sessions.create(session_params(*amounts, customer_email="a&b@example.org"))
    assert session.url is not None
    path = urlsplit(session.url).path
    return session.id, path, sandbox.request("GET", path)


def test_the_page_shows_the_order_and_says_that_no_money_is_real(sandbox: Running) -> None:
    _, _, page = _opened(sandbox, 120_050, 300)

    assert "Sandbox: no real money" in page.text
    assert "1,200.50 EUR" in page.text
    assert '<button type="submit">Pay 1,203.50 EUR</button>' in page.text
    assert "4242 4242 4242 4242" in page.text
    assert "a&amp;b@example.org" in page.text


def test_the_page_needs_no_script_and_lets_its_form_lead_back_to_the_shop(sandbox: Running) -> None:
    _, _, page = _opened(sandbox)

    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:8000;" in policy
    assert "frame-ancestors 'none'" in policy


def test_every_control_on_the_page_has_a_label(sandbox: Running) -> None:
    _, _, page = _opened(sandbox)

    assert '<html lang="en">' in page.text
    assert '<label for="email">' in page.text
    assert "<legend>Test card</legend>" in page.text
    assert page.text.count('type="radio"') == page.text.count('<label><input type="radio"') == 9


def test_paying_leads_back_to_the_shop(sandbox: Running) -> None:
    session_id, path, page = _opened(sandbox)

    paid = sandbox.form(path, token=_token(page), card="4242424242424242", email="buyer@example.org")

    assert (paid.status, paid.headers["location"]) == (303, SUCCESS.replace("{CHECKOUT_SESSION_ID}", session_id))
    session = sandbox.client.v1.checkout.sessions.retrieve(session_id)
    assert session.customer_details is not None
    assert (session.status, session.customer_details.email) == ("complete", "buyer@example.org")
    assert "This order is paid" in sandbox.request("GET", path).text


def test_a_form_is_good_for_one_attempt(sandbox: Running) -> None:
    session_id, path, page = _opened(sandbox)
    token = _token(page)

    declined = sandbox.form(path, token=token, card="4000000000000002")
    again = sandbox.form(path, token=token, card="4242424242424242")

    assert declined.status == 402
    assert 'role="alert"' in declined.text
    assert "Your card was declined. Nothing was charged" in declined.text
    assert "already sent" in again.text
    assert sandbox.client.v1.checkout.sessions.retrieve(session_id).status == "open"
    assert sandbox.form(path, token=_token(again), card="4242424242424242").status == 303


def test_a_double_click_pays_once_and_both_arrive(sandbox: Running) -> None:
    _, path, page = _opened(sandbox)
    token = _token(page)

    answers = [sandbox.form(path, token=token, card="4242424242424242") for _ in range(2)]

    assert [answer.status for answer in answers] == [303, 303]
    assert len(sandbox.client.v1.charges.list().data) == 1


def test_a_form_from_another_site_is_not_accepted(sandbox: Running) -> None:
    session_id, path, page = _opened(sandbox)
    body = f"token={_token(page)}&card=4242424242424242"

    answer = sandbox.request("POST", path, body, {"sec-fetch-site": "cross-site"})

    assert answer.status == 403
    assert sandbox.form(path, token="guessed", card="4242424242424242").status == 402
    assert sandbox.client.v1.checkout.sessions.retrieve(session_id).status == "open"


def test_an_expired_page_says_that_nothing_was_charged(sandbox: Running) -> None:
    session_id, path, page = _opened(sandbox)
    sandbox.client.v1.checkout.sessions.expire(session_id)

    late = sandbox.form(path, token=_token(page), card="4242424242424242")

    assert late.status == 410
    assert "Nothing was charged" in late.text


def test_a_plan_shows_its_period(sandbox: Running) -> None:
    session = sandbox.client.v1.checkout.sessions.create(plan_params(900))

    assert "Total each month" in sandbox.request("GET", f"/pay/{session.id}").text


def test_the_control_page_pulls_levers(sandbox: Running) -> None:
    session_id, _, _ = _opened(sandbox)
    paid = sandbox.pay(session_id)
    intent = sandbox.client.v1.payment_intents.retrieve(paid["payment_intent"])
    page = sandbox.request("GET", "/control")

    done = sandbox.form("/control/dispute", token=_token(page, "/control/dispute"), charge=intent.latest_charge)
    again = sandbox.form("/control/dispute", token=_token(page, "/control/dispute"), charge=intent.latest_charge)

    assert "Done: dispute." in done.text
    assert "charge.dispute.created" in done.text
    assert "already sent" in again.text
    assert len(sandbox.client.v1.disputes.list().data) == 1


def test_unknown_addresses_are_plain_404s(sandbox: Running) -> None:
    assert sandbox.request("GET", "/pay/cs_test_nobody").status == 404
    assert sandbox.request("GET", "/onboard/link_nobody").status == 404
    assert sandbox.request("GET", "/v2/whatever").status == 404
    assert sandbox.request("PUT", "/pay/x").status == 405
