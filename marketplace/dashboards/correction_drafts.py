"""The page where staff tell the facts as they should have been: the draft so far, every form as it was typed."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

from django.http import QueryDict

from ledger import selectors as ledger
from ledger.domain import corrections as domain
from ledger.domain.errors import LedgerError
from ledger.services.settlements import corrected, folder, periods
from marketplace.dashboards import correction_facts as facts
from marketplace.dashboards import correction_forms as forms
from marketplace.dashboards import correction_rights as rates
from marketplace.dashboards import corrections as shown
from marketplace.dashboards.correction_words import in_words

OPENED_BY = {
    "split": ("element", "element"),
    "line": ("line", "line"),
    "upstream": ("child", "element"),
    "label": ("payee", "payee"),
    "parent": ("of", "child"),
}
"""Form -> the part of the address that opens it, and its field that says what it is about."""
FORMS = (*OPENED_BY, "late", "file")


def page(run: ledger.SettlementRun, changes_hash: str, values: QueryDict, *, refused: str = "") -> dict[str, Any]:
    """The changes so far, what they would mean, and what else can be changed.

    values : the address of the page; or, with `refused` (why), the form that was sent, which is shown as it was typed
    """
    found, faults, changes = None, [], ()
    try:
        changes = shown.draft(changes_hash)
        if changes:
            found, faults = shown.preview_or_faults(run.run_id, changes)
    except LedgerError as error:
        faults = [str(error)]
    base = folder.load(corrected.as_corrected(run)[0])
    period = periods.parse(run.period)
    return {
        "run": run,
        "period": period,
        "changes_hash": changes_hash,
        "changes": in_words(changes, base),
        "faults": faults,
        "found": shown.comparison(found) if found else None,
        "last_day": (period.end - dt.timedelta(days=1)).date(),
        "roles": forms.ROLES,
        "file_names": domain.REPLACEABLE,
        "earlier": [one for one in shown.of_run(run) if one["correction"].state == "posted"],
        "key": f"correction:{uuid4()}",
        "refused": refused,
        "typed": values if refused else None,
        **_forms(dict(found.files) if found else base, values, refused=bool(refused)),
    }


def _forms(files: dict[str, bytes], values: QueryDict, *, refused: bool) -> dict[str, Any]:
    """What each form offers; the one that was refused with what was typed in it."""
    sent = values.get("change", "") if refused else ""
    chosen = {form: values.get(posted if sent == form else name, "") for form, (name, posted) in OPENED_BY.items()}
    if refused:
        chosen = {form: value if sent == form else "" for form, value in chosen.items()}
    element = facts.element_of(files, chosen["split"])
    child, payee = rates.child_of(files, chosen["upstream"]), rates.signed(files, chosen["label"])
    lines, count = facts.lines_of(files, query="" if refused else values.get("q", ""), line_id=chosen["line"])
    return {
        "elements": facts.elements_of(files),
        "element": element,
        "share_rows": facts.share_rows(element, values if sent == "split" else None, free=forms.NEW_SHARES),
        "children": rates.children_of(files),
        "child": rates.as_typed(child, _typed(values, "parent")) if sent == "upstream" else child,
        "payees": rates.signed_of(files),
        "payee": rates.as_typed(payee, _typed(values, "of")) if sent == "label" else payee,
        "everything_typed": _typed(values, "of").get("", "") if sent == "label" else "",
        "derived": facts.element_of(files, chosen["parent"]),
        "line": lines[0] if chosen["line"] and lines else None,
        "lines": lines,
        "more_lines": facts.more_lines(count),
        "query": "" if refused else values.get("q", ""),
    }


def _typed(values: QueryDict, name: str) -> dict[str, str]:
    return dict(zip(values.getlist(name), values.getlist("percent"), strict=False))
