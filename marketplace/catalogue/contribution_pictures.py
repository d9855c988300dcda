"""Pictures of a measured contribution: whose part each bar is, and whose each note, with their colours and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from marketplace.catalogue.contributions import Names

WIDTH, ROLL_HEIGHT = 1_000, 220
THIN = 0.4
"""Strokes of a parent are thinner, so that nobody needs the colours to tell them."""


def owners_of(
    detail: Mapping[str, Any], names: Names, *, parties: Sequence[UUID], parent_ids: Sequence[UUID]
) -> list[dict[str, Any]]:
    """One for each owner of the detail: name, hue as in the figures, whether it is a parent."""
    owners = []
    for owner in detail["owners"]:
        if "parent" in owner:
            element_id = UUID(owner["parent"])
            name = names.titles.get(element_id, _("an element"))
            hue = len(parties) + parent_ids.index(element_id)
            owners.append({"name": name, "hue": hue % 8 + 1, "parent": True})
            continue
        made_by = [UUID(one) for one in owner["parties"]]
        words = " + ".join(names.parties.get(one, _("Someone who left")) for one in made_by)
        owners.append({"name": words, "hue": parties.index(made_by[0]) % 8 + 1, "parent": False})
    return owners


def spans_of(detail: Mapping[str, Any], owners: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Columns of the bar picture, stacked in each span as far as the owners made it, and the rows of its table."""
    spans = detail.get("spans")
    if not spans:
        return None
    wide = WIDTH / len(spans)
    columns, rows = [], []
    for place, counts in enumerate(spans):
        whole, top = sum(counts.values()), 0.0
        parts = sorted((int(owner), count) for owner, count in counts.items())
        for owner, count in parts:
            tall = 100 * count / whole
            columns.append(
                {
                    "x": f"{place * wide:.2f}", "width": f"{wide * 0.9:.2f}", "y": f"{100 - top - tall:.2f}",
                    "height": f"{tall:.2f}", **owners[owner],
                }
            )  # fmt: skip
            top += tall
        rows.append(
            {"label": _label(detail, place), "parts": [(owners[owner]["name"], count) for owner, count in parts]}
        )
    return {
        "columns": columns,
        "rows": [row for row in rows if row["parts"]],
        "heading": {"bar": _("Bar"), "second": _("Second"), "plugin": _("Plugin")}[detail["span"]],
        "first": rows[0]["label"],
        "middle": rows[len(rows) // 2]["label"] if len(rows) > 4 else "",
        "last": rows[-1]["label"] if len(rows) > 1 else "",
    }


def _label(detail: Mapping[str, Any], place: int) -> str:
    step = detail["step"]
    if detail["span"] == "plugin":
        return str(detail["names"][place]).replace("_", " ")
    first = place * step + (detail["span"] == "bar")
    return f"{first}" if step == 1 else f"{first}–{first + step - 1}"


def roll_of(detail: Mapping[str, Any], owners: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One path for each owner: every note a stroke, time from left to right, pitch from low to high."""
    notes = detail.get("notes")
    if not notes:
        return []
    end = max(onset + length for onset, length, _pitch, _owner in notes) or 1
    low, high = min(note[2] for note in notes), max(note[2] for note in notes)
    tall = ROLL_HEIGHT / (high - low + 3)
    strokes: dict[int, list[str]] = {}
    for onset, length, pitch, owner in notes:
        x, y = WIDTH * onset / end, (high - pitch + 1.5) * tall
        strokes.setdefault(owner, []).append(f"M{x:.1f} {y:.1f}h{max(WIDTH * length / end - 1, 1.5):.1f}")
    return [
        {
            "path": "".join(strokes[owner]),
            "width": f"{max(tall * (THIN if owners[owner]['parent'] else 0.8), 1.5):.1f}",
            **owners[owner],
        }
        for owner in sorted(strokes)
    ]
