"""The living catalogue: every component with its states, drawn with made-up music. Operators only."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from marketplace.accounts.permissions import requires
from marketplace.dashboards import design_samples as samples

COMPONENTS = {
    "material": _("Colour, type, ornament"),
    "controls": _("Buttons and fields"),
    "rows": _("Element row, pack row and card"),
    "pictures": _("Waveform and piano roll"),
    "score": _("Score, chords, chord wheel"),
    "covers": _("Covers"),
    "money": _("Money and tables"),
    "earns": _("Split bar, flow, chart"),
    "provenance": _("Provenance graph and proof mark"),
    "steps": _("Step rail"),
    "messages": _("Notices, toasts, dialog, empty page"),
    "work": _("Upload and jobs"),
    "tuner": _("Tuner"),
}
"""Name -> heading; `templates/design/<name>.html` holds the states."""


@require_safe
@requires("site.operate")
def catalogue(request: HttpRequest, name: str = "") -> HttpResponse:
    """All components, or the one called `name`."""
    if name and name not in COMPONENTS:
        raise Http404(name)
    shown = [name] if name else list(COMPONENTS)
    parts = [{"name": one, "title": COMPONENTS[one], "template": f"design/{one}.html"} for one in shown]
    return render(request, "design/catalogue.html", {"parts": parts, "components": COMPONENTS, **_samples()})


@require_safe
@requires("site.operate")
def sound(request: HttpRequest, index: int) -> HttpResponse:
    """A sample to play."""
    return HttpResponse(samples.sound(index % 24), content_type="audio/wav", headers={"Cache-Control": "max-age=86400"})


def _samples() -> dict[str, Any]:
    return {
        "rows": [samples.row(0), samples.row(1, badge="AI-assisted"), samples.row(2), samples.row(3, owned=True)],
        "packs": [samples.pack(), samples.pack(broken=True)],
        "cards": [samples.row(index) for index in range(6)],
        "stage_row": samples.row(3),
        "notes_row": samples.row(2),
        "covers": [(samples.TITLES[i % 6][1], samples.row(i)["cover_url"]) for i in range(18)],
        "wave": samples.peaks(3),
        "roll": samples.roll(),
        "picture": samples.picture(),
        "melody": samples.notes_in_beats(),
        "shares": samples.SHARES,
        "steps": samples.STEPS,
        "steps_bad": samples.STEPS_BAD,
        "nodes": samples.NODES,
        "edges": samples.EDGES,
        "flow_nodes": samples.FLOW_NODES,
        "flow_links": samples.FLOW_LINKS,
        "months": samples.MONTHS,
        "amounts": samples.AMOUNTS,
        "when": samples.WHEN,
        "notes": samples.NOTES,
        "kinds": [
            {"value": "", "label": _("All"), "count": 86, "checked": True},
            {"value": "melody", "label": _("Melodies"), "count": 14},
            {"value": "wave", "label": _("Audio loops"), "count": 22},
        ],
    }
