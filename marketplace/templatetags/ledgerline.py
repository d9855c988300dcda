"""How the site writes figures, times and marks: `{% load ledgerline %}` in any template.

Money in is always whole minor units (or whole micro of a minor unit) with its ISO 4217 code; nothing here uses floats.
"""

from __future__ import annotations

import base64
import itertools
import json as json_module
from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

register = template.Library()

TRUE_MINUS = "\u2212"
NARROW_SPACE = "\u202f"
ZERO_DECIMAL = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
THREE_DECIMAL = "BHD IQD JOD KWD LYD OMR TND"
MICRO_DIGITS = 6


def minor_digits(currency: str) -> int:
    """Digits after the point in the currency's minor unit: 0 for JPY, 3 for KWD, else 2."""
    code = currency.upper()
    if code in ZERO_DECIMAL.split():
        return 0
    return 3 if code in THREE_DECIMAL.split() else 2


def write_amount(whole: int, *, digits: int, shortest: int | None = None) -> str:
    """`whole` scaled down by 10**digits, exactly, with the reader's separators and a true minus.

    Trailing zeros beyond `shortest` decimals are left out (None: keep all).
    """
    sign = TRUE_MINUS if whole < 0 else ""
    units, rest = divmod(abs(whole), 10**digits)
    decimals = str(rest).zfill(digits) if digits else ""
    if shortest is not None:
        decimals = decimals[:shortest] + decimals[shortest:].rstrip("0")
    text = group(units)
    if decimals:
        text += formats.get_format("DECIMAL_SEPARATOR") + decimals
    return sign + text


def group(whole: int) -> str:
    """Digits in groups of three with the reader's separator."""
    return f"{whole:,}".replace(",", str(formats.get_format("THOUSAND_SEPARATOR")) or NARROW_SPACE)


@register.filter
def money(amount_minor: int | str | None, currency: str) -> SafeString:
    """`{{ 123456|money:"EUR" }}` -> 1,234.56 EUR; an absent amount is an en dash."""
    return _amount(amount_minor, currency, digits=minor_digits(currency))


@register.filter
def micro(amount_micro: int | str | None, currency: str) -> SafeString:
    """Exact money: whole micro of a minor unit, as many decimals as it needs and never fewer than the currency has."""
    digits = minor_digits(currency)
    return _amount(amount_micro, currency, digits=digits + MICRO_DIGITS, shortest=digits)


def _amount(amount: int | str | None, currency: str, *, digits: int, shortest: int | None = None) -> SafeString:
    if amount is None or amount == "":
        return mark_safe('<span class="money muted">–</span>')
    whole = int(amount)
    text = write_amount(whole, digits=digits, shortest=shortest)
    classes = "money money--negative" if whole < 0 else "money"
    return format_html('<span class="{}">{} <span class="money__currency">{}</span></span>', classes, text, currency)


@register.filter
def grouped(whole: int) -> str:
    """1234567 -> 1,234,567."""
    return (TRUE_MINUS if whole < 0 else "") + group(abs(int(whole)))


@register.filter
def ppm(parts: int | None) -> str:
    """Parts per million as a percentage, exact: 333333 -> 33.3333 %, 500000 -> 50 %."""
    if parts is None:
        return "–"
    return f"{write_amount(int(parts), digits=4, shortest=0)}\u00a0%"


@register.filter
def nats(log_likelihood_milli: int) -> str:
    """Surprise from thousandths of ln P: -1351 -> 1.35."""
    return write_amount(round(-log_likelihood_milli / 10), digits=2)


@register.filter
def trueminus(text: Any) -> str:
    """A written number with a true minus."""
    return str(text).replace("-", TRUE_MINUS)


@register.filter
def duration(seconds: float | int | None) -> str:
    """83.4 -> 1:23; 3671 -> 1:01:11."""
    if seconds is None:
        return "–"
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


@register.filter
def bytesize(size: int) -> str:
    """Bytes in the unit people say: 14.6 MB (1 MB = 1,000,000 bytes)."""
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    digits = 0 if unit == "B" or round(amount, 1) == round(amount) else 1
    return f"{formats.number_format(amount, digits)}\u00a0{unit}"


@register.filter
def shorthash(value: str | bytes | None) -> str:
    """The first eight hex digits of a hash or id."""
    text = value.hex() if isinstance(value, bytes | memoryview) else str(value or "")
    return text.replace("-", "")[:8]


@register.filter
def hue(seed: Any) -> int:
    """One of the eight hues, always the same for the same id or name: 1 to 8."""
    return sum(str(seed).encode()) % 8 + 1


@register.filter
def json(value: Any) -> str:
    """JSON for a `data` attribute; the template escapes it."""
    return json_module.dumps(value, cls=DjangoJSONEncoder, separators=(",", ":"))


@register.filter
def peakbytes(peaks: Iterable[Sequence[float] | float] | None, columns: int = 120) -> str:
    """Peaks (pairs of low and high in -1..1, or heights 0..1) as base64, one byte a column: `<ll-waveform peaks>`."""
    heights = [max(-low[0], low[1]) if isinstance(low, Sequence) else float(low) for low in peaks or ()]
    if not heights:
        return ""
    top = max(*heights, 1e-6)
    size = min(int(columns), len(heights))
    edges = [index * len(heights) // size for index in range(size + 1)]
    loudest = (max(heights[start:end]) for start, end in itertools.pairwise(edges))
    return base64.b64encode(bytes(round(255 * max(0.0, height) / top) for height in loudest)).decode()


# ------------------------------------------------------------------------------------------------------- marks
ICONS = {
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5 21 21"/>',
    "theme": '<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>',
    "person": '<circle cx="12" cy="8.5" r="3.8"/><path d="M4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5"/>',
    "cart": '<path d="M3 5h3l2 10h10l2.5-7.5H7"/><circle cx="9.5" cy="19" r="1.4"/><circle cx="16.5" cy="19" r="1.4"/>',
    "download": '<path d="M12 4v11m-5-5 5 5 5-5M5 20h14"/>',
    "arrow": '<path d="M5 12h14m-6-6 6 6-6 6"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "midi": '<path d="M3 7h6m2 5h7m-11 5h5M3 3v18"/>',
    "progression": '<circle cx="12" cy="12" r="8.5"/><path d="m12 3.5 7.4 12.7L4.6 16.2z"/>',
    "melody": '<circle cx="8" cy="17.5" r="3.5"/><path d="M11.5 17.5V4c1 3 5 3.5 5 7"/>',
    "wave": '<path d="M3 12h2m2-3v6m3-10v14m3-11v8m3-12v16m3-9v4m2-2h1"/>',
    "sound": '<path d="M3 20 8 5l4 7 3-2 6 10z"/>',
    "mix_setting": '<path d="M3 14c5 0 5-8 9-8s3 9 9 6M3 19h18"/>',
}
KIND_WORDS = {
    "midi": _("MIDI loop"),
    "progression": _("Progression"),
    "melody": _("Melody"),
    "wave": _("Audio loop"),
    "sound": _("Sound"),
    "mix_setting": _("Mix preset"),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """One of ICONS as an inline picture that says nothing to a screen reader; give its button a label."""
    return SafeString(
        '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" '
        f'stroke-linejoin="round" width="18" height="18" aria-hidden="true">{ICONS[name]}</svg>'
    )


@register.simple_tag
def mark() -> SafeString:
    """The site's mark: a note on its ledger line, under the staff."""
    return mark_safe(
        '<svg viewBox="0 0 34 26" width="34" height="26" aria-hidden="true" fill="none">'
        '<path d="M4 4.5h26M4 9.5h26" stroke="currentColor" '
        'stroke-opacity=".45"/><path class="stroke" d="M3 17.5h28" stroke-width="2"/><ellipse cx="17" cy="17.5" '
        'rx="7.2" ry="5.1" transform="rotate(-20 17 17.5)" fill="currentColor"/></svg>'
    )


@register.filter
def kindword(kind: str) -> str:
    """What buyers call an element of this kind."""
    return str(KIND_WORDS.get(kind, kind))


@register.inclusion_tag("components/cover.html")
def cover(src: str, title: str = "") -> dict[str, Any]:
    """An element's drawn cover; decorative unless it has a title of its own."""
    return {"src": src, "title": title}


@register.inclusion_tag("components/split_bar.html")
def split_bar(shares: Iterable[Any], caption: str = "") -> dict[str, Any]:
    """Who earns: shares with `name`, `ppm`, and optionally `role`, `url`, `note` (why a share waits: it is hatched)."""
    bars, start = [], 0
    for index, share in enumerate(shares):
        part = _read(share, "ppm", 0)
        bars.append(
            {
                "x": f"{start / 10_000:.4f}%",
                "width": f"{part / 10_000:.4f}%",
                "hue": index % 8 + 1,
                **{name: _read(share, name, "") for name in ("name", "role", "url", "note")},
                "ppm": part,
            }
        )
        start += part
    return {"bars": bars, "caption": caption}


@register.inclusion_tag("components/provenance_graph.html")
def provenance_graph(nodes: Iterable[Any], edges: Iterable[Any], caption: str = "") -> dict[str, Any]:
    """What an element is made from, as a picture and as a table.

    nodes : id, title, url?, kind?, maker?, here?, generated?      edges : parent, child, upstream_ppm
    """
    drawn = [
        {
            "id": str(_read(node, "id", "")),
            "label": _read(node, "title", ""),
            "kind": kindword(_read(node, "kind", "")),
            "note": _read(node, "maker", ""),
            "href": _read(node, "url", ""),
            "here": bool(_read(node, "here", False)),
            "generated": bool(_read(node, "generated", False)),
        }
        for node in nodes
    ]
    strokes = [
        {
            "from": str(_read(edge, "parent", "")),
            "to": str(_read(edge, "child", "")),
            "label": ppm(_read(edge, "upstream_ppm", 0)),
        }
        for edge in edges
    ]
    titles = {node["id"]: node["label"] for node in drawn}
    for node in drawn:
        node["parents"] = [
            {"title": titles.get(stroke["from"], ""), "share": stroke["label"]}
            for stroke in strokes
            if stroke["to"] == node["id"]
        ]
    return {"nodes": drawn, "data": {"nodes": drawn, "edges": strokes}, "caption": caption}


@register.inclusion_tag("components/flow_graph.html")
def flow_graph(nodes: Iterable[dict[str, Any]], links: Iterable[dict[str, Any]], currency: str) -> dict[str, Any]:
    """Where the money of one sale goes, as a picture and as a table.

    nodes : id, label, layer (0 = the sale), hue?      links : from, to, value (minor units; exact figures as text in
    `words` where the picture's rounded ones would not do)
    """
    points, bands = list(nodes), list(links)
    labels = {point["id"]: point["label"] for point in points}
    rows = [{**band, "source": labels.get(band["from"], ""), "goal": labels.get(band["to"], "")} for band in bands]
    return {"data": {"currency": currency, "nodes": points, "links": bands}, "rows": rows, "currency": currency}


@register.inclusion_tag("components/stage.html")
def stage(row: Any, **picture: Any) -> dict[str, Any]:
    """The large picture of one element: `row` as for `element_row`, and one of the pictures `stage.html` names."""
    return {"row": row, **picture}


@register.inclusion_tag("components/element_row.html")
def element_row(row: Any, **held: Any) -> dict[str, Any]:
    """One element in a list; see `components/element_row.html` for what `row` may hold.

    held : of a licence: `owned` or `revoked` (bool), `licence` (words), `certificate` (address); no price is shown then
    """
    return {"row": row, **held}


@register.inclusion_tag("components/element_card.html")
def element_card(row: Any) -> dict[str, Any]:
    """The same element as a card; takes what `element_row` takes."""
    return {"row": row}


def _read(value: Any, name: str, default: Any) -> Any:
    found = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return default if found is None else found
