"""Late revenue that corrections of a run told, as staff see it: what is waited for, and which money may be it."""

from __future__ import annotations

from typing import Any

from ledger import selectors as ledger
from ledger.services.settlements import late
from marketplace.dashboards.correction_words import titles_of
from marketplace.reports import selectors as reports


def of_run(run: ledger.SettlementRun) -> list[dict[str, Any]]:
    """Each late line of a run that has not come in, with the money from outside that may be it."""
    waited = [one for one in late.standing() if one.run_id == run.run_id]
    titles = titles_of(str(one.element_id) for one in waited)
    return [
        {
            "late": one,
            "title": titles[str(one.element_id)],
            "day": one.occurred_at[:10],
            "arrivals": [
                {
                    "arrival": money,
                    "origin": reports.origin_of_line(money.line_id),
                    "is_it": money.told_id == one.told_id,
                }
                for money in late.arrivals(one)
            ],
        }
        for one in waited
    ]
