"""How the demo's statements look, and rates to read totals with: invented, and marked so."""

from __future__ import annotations

import datetime as dt

from ledger.services import clock
from marketplace.dashboards import fx
from marketplace.dashboards.statements import brand
from marketplace.demo.cast import LABEL_NAME, Cast

RATES = "Date,USD,GBP,JPY,TWD\n{day},1.1000,0.8600,171.50,35.20\n"


def dress(cast: Cast) -> None:
    """The label signs its statements, and totals can be read in five currencies."""
    brand.save(
        label_id=cast.label_id,
        name=LABEL_NAME,
        address="14 Meridian Row, Hafenstadt",
        footer="Questions about a figure: each one on the page leads to its sale.",
        colour="#24506b",
        logo=None,
    )
    day = (clock.now() - dt.timedelta(days=1)).date()
    fx.take_file(RATES.format(day=day).encode(), source="demo", is_demo=True)
