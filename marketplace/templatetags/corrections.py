"""The corrections of a run, wherever the run is shown: `{% load corrections %}{% corrections_of run %}`."""

from __future__ import annotations

from typing import Any

from django import template

from ledger.selectors import SettlementRun
from marketplace.dashboards import corrections

register = template.Library()


@register.inclusion_tag("dashboards/corrections_of_run.html")
def corrections_of(run: SettlementRun) -> dict[str, Any]:
    """Nothing before the release; then every correction, and the way to another."""
    released = run.state in ("released", "closed")
    return {"run": run, "released": released, "corrections": corrections.of_run(run) if released else []}
