"""The door behind fields that ask for an element: a few that fit what was typed, as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from marketplace.accounts.permissions import may, requires
from marketplace.catalogue import selectors
from marketplace.catalogue.selectors import Filters, Row
from marketplace.templatetags.ledgerline import minor_digits, write_amount

FOUND_MAX = 12
IDS_MAX = 100
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@require_safe
@requires("order.place")
def pick(request: HttpRequest) -> JsonResponse:
    """Elements whose title is like `q` (or holds an address), or those of each `id`.

    What is on sale, as anybody finds it; with `all`, for staff, everything that was ever listed.
    """
    asked, text = request.GET.getlist("id")[:IDS_MAX], request.GET.get("q", "").strip()[:200]
    everything = "all" in request.GET and may(request.user, "settlement.read")
    ids = [UUID(one) for one in asked if _ID.fullmatch(one)] or [UUID(one) for one in _ID.findall(text.lower())]
    rows: Iterable[Row]
    if ids:
        known = selectors.rows_for(ids)
        rows = [known[one] for one in ids if one in known and (everything or known[one].price_minor is not None)]
    elif not text:
        rows = ()
    elif everything:
        rows = selectors.titled(text, limit=FOUND_MAX)
    else:
        rows = selectors.search(Filters(text=text)).rows[:FOUND_MAX]
    found = [{"id": row.id, "title": row.title, "maker": row.maker, "note": _price(row)} for row in rows]
    answer = JsonResponse({"found": found})
    answer["Cache-Control"] = "private, max-age=60"
    return answer


def _price(row: Row) -> str:
    if not row.price_minor:
        return ""
    return f"{write_amount(row.price_minor, digits=minor_digits(row.currency))} {row.currency}"
