"""How the site speaks of facts: `{% load facts %}`."""

from __future__ import annotations

import json

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from marketplace.templatetags import ledgerline

register = template.Library()
MICRO_PER_MINOR = 1_000_000


@register.filter
def kindwords(kind: str) -> SafeString:
    """`settlement.calculated.v1` -> Settlement calculated, with the exact kind on demand."""
    subject, _, rest = kind.partition(".")
    words = f"{subject} {rest.rpartition('.')[0]}".replace("_", " ").capitalize()
    return format_html('<span title="{}">{}</span>', kind, words)


@register.filter
def minor(amount_micro: int | None, currency: str) -> SafeString:
    """Micro cut to the minor unit, as it can be paid; every decimal on demand."""
    if amount_micro is None:
        return ledgerline.money(None, currency)
    whole = abs(int(amount_micro)) // MICRO_PER_MINOR * (-1 if amount_micro < 0 else 1)
    digits = ledgerline.minor_digits(currency)
    exact = ledgerline.write_amount(int(amount_micro), digits=digits + ledgerline.MICRO_DIGITS, shortest=digits)
    return format_html('<span title="{} {}">{}</span>', exact, currency, ledgerline.money(whole, currency))


@register.filter
def sentence(words: object) -> str:
    """A refusal of the ledger, written to be part of a sentence, as one of its own: a capital in front, a stop behind.

    What begins with an id, a figure or a quotation mark stays as it is in front.
    """
    text = str(words).strip()
    first = text.partition(" ")[0].strip(",.:;")
    if first.isalpha():
        text = text[:1].upper() + text[1:]
    return text if not text or text[-1] in ".!?…:" else f"{text}."


@register.filter
def edits_words(value: object) -> str:
    """How many notes an edit changed: of lists in JSON, or of one list."""
    try:
        said = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return "…"
    count = sum(map(len, said.values())) if isinstance(said, dict) else len(said) if isinstance(said, list) else 0
    return ngettext("%(count)d note", "%(count)d notes", count) % {"count": count}
