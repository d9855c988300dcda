"""The pages that a person sees: the hosted checkout, the onboarding of an account, and the control page.

Plain HTML that works without scripts, with a keyboard and with a screen reader. Every form carries a token that works
once.
"""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlsplit

from marketplace.checkout.sandbox.http import Response
from marketplace.checkout.sandbox.payments import CARDS
from marketplace.checkout.sandbox.store import Object

_EXPONENTS = dict.fromkeys(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"), 0
)
_EXPONENTS |= dict.fromkeys(("bhd", "jod", "kwd", "omr", "tnd"), 3)

STYLE = """
:root { color-scheme: light dark; --ink: #1b1a17; --paper: #fbfaf6; --line: #8b867a; --warn: #7a3b00; --wash: #fff1dc }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f1eee6; --paper: #171613; --line: #8f8a7e; --warn: #ffcf94; --wash: #33240f } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 36rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
.notice { background: var(--wash); color: var(--warn); padding: .6rem 1rem; text-align: center; font-weight: 600 }
h1 { font-size: 1.5rem; line-height: 1.2 } h2 { font-size: 1.1rem; margin-top: 2rem }
table { width: 100%; border-collapse: collapse } th { text-align: left; font-weight: 400 }
caption { text-align: left; font-weight: 600 }
th, td { padding: .4rem 0; border-bottom: 1px solid var(--line) }
td.amount { text-align: right; font-variant-numeric: tabular-nums }
tfoot th, tfoot td { font-weight: 700; border-bottom: 0 }
fieldset { border: 1px solid var(--line); border-radius: 6px; margin: 1.5rem 0; padding: .5rem 1rem }
fieldset label { display: flex; gap: .6rem; align-items: baseline; padding: .35rem 0; min-height: 2rem }
.number { font-variant-numeric: tabular-nums; white-space: nowrap }
input[type=email], input[type=text] { font: inherit; width: 100%; padding: .5rem; border: 1px solid var(--line);
  border-radius: 6px }
button { font: inherit; font-weight: 600; padding: .7rem 1.2rem; border: 2px solid var(--ink); border-radius: 6px;
  cursor: pointer; background: var(--ink); color: var(--paper); min-height: 2.75rem }
:focus-visible { outline: 3px solid #2f6fd0; outline-offset: 2px }
.error { border-left: 4px solid var(--warn); background: var(--wash); color: var(--warn); padding: .6rem 1rem;
  margin: 1rem 0 }
a { color: inherit }
"""
NOTICE = "Sandbox: no real money. Nothing typed here leaves this computer."


def amount_words(minor: int, currency: str) -> str:
    """1234 eur -> 12.34 EUR."""
    exponent = _EXPONENTS.get(currency, 2)
    if exponent == 0:
        return f"{minor:,} {currency.upper()}"
    whole, part = divmod(abs(minor), 10**exponent)
    sign = "−" if minor < 0 else ""
    return f"{sign}{whole:,}.{part:0{exponent}} {currency.upper()}"


def page(title: str, body: str, *, status: int = 200, forms_to: tuple[str, ...] = ()) -> Response:
    """A page; `forms_to` are addresses that a form's answer may redirect to (browsers check the policy there too)."""
    origins = sorted({f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, forms_to) if parts.netloc})
    policy = (
        f"default-src 'none'; style-src 'self'; form-action 'self' {' '.join(origins)};"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    text = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} – Ledgerline sandbox</title><link rel="stylesheet" href="/style.css"></head>
<body><p class="notice" role="note">{NOTICE}</p><main><h1>{escape(title)}</h1>{body}</main></body>
</html>
"""
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return Response(status=status, body=text.encode(), headers=headers)


def style() -> Response:
    """The one style sheet."""
    return Response(body=STYLE.encode(), headers={"content-type": "text/css; charset=utf-8"})


def _hidden(token: str) -> str:
    return f'<input type="hidden" name="token" value="{escape(token)}">'


def _error(words: str | None) -> str:
    return f'<div class="error" role="alert" tabindex="-1" autofocus>{escape(words)}</div>' if words else ""


def checkout(session: Object, token: str, *, error: str | None = None) -> Response:
    """An open session: what is bought, for how much, and with which test card."""
    rows = "".join(
        f'<tr><th scope="row">{escape(line["description"])}{_times(line["quantity"])}</th>'
        f'<td class="amount">{amount_words(line["amount_total"], line["currency"])}</td></tr>'
        for line in session["_line_items"]["data"]
    )
    total = amount_words(session["amount_total"], session["currency"])
    each = ""
    if session["mode"] == "subscription":
        each = f" each {session['_line_items']['data'][0]['price']['recurring']['interval']}"
    if days := session["_subscription"]["trial_days"]:
        line = session["_line_items"]["data"][0]
        each = f" today; free for {days} days, then {amount_words(line['amount_total'], line['currency'])}{each}"
    cards = "".join(
        f'<label><input type="radio" name="card" value="{number}"{" checked" if place == 0 else ""}>'
        f'<span><span class="number">{_spaced(number)}</span> {escape(card.words)}</span></label>'
        for place, (number, card) in enumerate(CARDS.items())
    )
    back = session["cancel_url"]
    body = f"""{_error(error)}
<table><caption>Your order</caption><tbody>{rows}</tbody>
<tfoot><tr><th scope="row">Total{each}</th><td class="amount">{total}</td></tr></tfoot></table>
<form method="post" action="/pay/{escape(session["id"])}">{_hidden(token)}
<p><label for="email">E-mail for the receipt</label>
<input id="email" name="email" type="email" autocomplete="email" value="{escape(session["customer_email"] or "")}"></p>
<fieldset><legend>Test card</legend>{cards}</fieldset>
<button type="submit">{"Start the trial" if days else f"Pay {total}"}</button></form>
{f'<p><a href="{escape(back)}">Back to the shop without paying</a></p>' if back else ""}"""
    title = "Checkout" if error is None else "Not paid: checkout"
    return page(title, body, status=200 if error is None else 402, forms_to=(session["success_url"], back or ""))


def _times(quantity: int) -> str:
    return f" × {quantity}" if quantity > 1 else ""


def _spaced(number: str) -> str:
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def closed(session: Object) -> Response:
    """A session that can no longer be paid."""
    if session["status"] == "complete":
        link = success_address(session)
        return page("This order is paid", f'<p><a href="{escape(link)}">Go on to the shop</a></p>')
    back = session["cancel_url"]
    link = f'<p><a href="{escape(back)}">Back to the shop</a></p>' if back else ""
    return page("This checkout has expired", f"<p>Nothing was charged.</p>{link}", status=410)


def success_address(session: Object) -> str:
    """Where the buyer goes after paying."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def onboarding(account: Object, link: dict[str, Any], token: str) -> Response:
    """What a payee sees: nothing is asked for, and one button does it."""
    body = f"""<p>Account <span class="number">{escape(account["id"])}</span>, {escape(account["country"])}.
A real processor would ask here who you are and where your bank is. The sandbox asks nothing.</p>
<form method="post" action="/onboard/{escape(token)}">
<button type="submit">Finish and be ready to be paid</button></form>
<p><a href="{escape(link["return_url"])}">Leave for now</a></p>"""
    return page("Set up payouts", body, forms_to=(link["return_url"], link["refresh_url"]))


def not_found(words: str = "There is nothing here.") -> Response:
    """A plain 404."""
    return page("Not found", f"<p>{escape(words)}</p>", status=404)


# ------------------------------------------------------------------------------------------------- control page
_LEVERS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("dispute", "Open a dispute", (("charge", ""),)),
    ("close_dispute", "Decide a dispute", (("dispute", ""), ("outcome", "won"))),
    ("fail_refund", "Let a refund fail", (("refund", ""),)),
    ("capability", "Set a capability", (("account", ""), ("name", "transfers"), ("status", "inactive"))),
    ("renew", "Renew a subscription", (("subscription", ""),)),
    ("cancel", "End a subscription", (("subscription", ""),)),
    ("webhooks", "Disturb webhooks", (("duplicate", "0"), ("reorder", "0"), ("delay_ms", "0"), ("drop", "0"))),
    ("fault", "Lay a fault", (("mode", "lost_response"), ("match", "POST /v1/"), ("times", "1"), ("delay_ms", "0"))),
    ("resend", "Send an event again", (("event", ""),)),
    ("pending", "Keep new money pending", (("seconds", "0"),)),
    ("settle", "Make pending money available", ()),
)


def control(latest: list[Object], tokens: list[str], *, told: str | None = None, error: str | None = None) -> Response:
    """The levers, and what happened lately."""
    forms = "".join(
        f'<form method="post" action="/control/{verb}"><fieldset><legend>{escape(title)}</legend>{_hidden(token)}'
        + "".join(
            f'<p><label>{escape(name)} <input type="text" name="{name}" value="{escape(value)}"></label></p>'
            for name, value in fields
        )
        + '<button type="submit">Do it</button></fieldset></form>'
        for (verb, title, fields), token in zip(_LEVERS, tokens, strict=True)
    )
    rows = "".join(
        f'<tr><th scope="row">{escape(event["type"])}</th><td>{escape(str(event["data"]["object"].get("id", "")))}</td>'
        f"<td>{escape(event['id'])}</td></tr>"
        for event in latest
    )
    said = f'<p role="status">{escape(told)}</p>' if told else ""
    body = f"""{_error(error)}{said}{forms}<h2>Lately</h2>
<table><thead><tr><th scope="col">event</th><th scope="col">about</th><th scope="col">id</th></tr></thead>
<tbody>{rows}</tbody></table>"""
    return page("Control", body)


LEVER_COUNT = len(_LEVERS)
