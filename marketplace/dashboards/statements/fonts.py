"""The type of printed statements: Source Sans 3 as on the site, Noto Sans CJK for what it lacks. Both are packages.

The sans comes as one variable font. Its two weights are cut from it once, with figures that stand in columns, and kept
in var/: cutting takes seconds, reading milliseconds.
"""

from __future__ import annotations

import functools
import importlib.util
import io
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import fontpkg_source_sans_3
import noto_cjk_sans_otc
from django.conf import settings
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

PACKAGE = "fontpkg-source-sans-3"
CUT = 1
"""Raise it when the cut below changes: files in var/ are then made anew."""
WEIGHTS = {"regular": 400, "bold": 600}
RANGES = ((0x20, 0x250), (0x300, 0x530), (0x1E00, 0x1F00), (0x2000, 0x2070), (0x20A0, 0x20C0), (0x2190, 0x2300))
TRADITIONAL_CHINESE = 3
"""The place of the Traditional Chinese face in Noto's collection."""

SHAPED = {
    "arabic": ("fontpkg-noto-sans-arabic", "NotoSansArabic[wdth,wght].ttf", ((0x600, 0x900), (0xFB50, 0xFF00))),
    "devanagari": ("fontpkg-noto-sans-devanagari", "NotoSansDevanagari[wdth,wght].ttf", ((0x900, 0x980),)),
}
"""Scripts whose letters change with their neighbours: the package and file of their type, and where they lie. They need
a shaper (uharfbuzz) beside the type; where either is not installed, `readable` says so in their place."""


def cjk_path() -> Path:
    """Noto Sans CJK: Chinese, Japanese, Korean."""
    return Path(str(noto_cjk_sans_otc.FONT_PATH))


def sans_path(weight: str) -> Path:
    """The sans in one of WEIGHTS, cut on first use."""
    folder = settings.VAR_DIR / "fonts"
    path = Path(folder) / f"source-sans-{metadata.version(PACKAGE)}-{CUT}-{weight}.ttf"
    if not path.exists():
        _keep(path, _cut(WEIGHTS[weight]))
    return path


def scripts_of(texts: Iterable[str]) -> list[str]:
    """Which of SHAPED these texts are written in and can be printed here."""
    points = {ord(char) for text in texts for char in text}
    return [name for name in SHAPED if is_printable(name) and any(_lies_in(name, point) for point in points)]


@functools.cache
def is_printable(script: str) -> bool:
    """Whether the shaper and the script's type are installed."""
    module = SHAPED[script][0].replace("-", "_")
    return all(importlib.util.find_spec(name) is not None for name in ("uharfbuzz", module))


def _lies_in(script: str, point: int) -> bool:
    return any(first <= point < last for first, last in SHAPED[script][2])


def readable(text: str) -> str:
    """The text as it can be printed: words in a script without type here give way to where they can be read."""
    missing = [name for name in SHAPED if not is_printable(name)]
    found = next((name for name in missing if any(_lies_in(name, ord(char)) for char in text)), None)
    if found is None:
        return text
    kept = " ".join(word for word in text.split() if not any(_lies_in(name, ord(c)) for c in word for name in missing))
    return f"{kept} [{found.title()} letters: read them on the page or in the CSV]".strip()


def script_path(script: str, weight: str) -> Path:
    """The type of one of SHAPED in one of WEIGHTS, cut on first use; its rules of shaping stay in it."""
    package, file, _ranges = SHAPED[script]
    path = Path(settings.VAR_DIR) / "fonts" / f"{package}-{metadata.version(package)}-{CUT}-{weight}.ttf"
    if not path.exists():
        module = importlib.import_module(package.replace("-", "_"))
        font = TTFont(module.ROOT / "files" / file, recalcTimestamp=False)
        instancer.instantiateVariableFont(font, {"wght": WEIGHTS[weight], "wdth": 100}, inplace=True)
        data = io.BytesIO()
        font.save(data)
        _keep(path, data.getvalue())
    return path


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{id(path)}.part")
    part.write_bytes(data)
    part.replace(path)


@functools.cache
def _cut(weight: int) -> bytes:
    source = fontpkg_source_sans_3.ROOT / "files" / "SourceSans3[wght].ttf"
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(layout_features=["kern", "tnum"], hinting=False, notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[point for first, last in RANGES for point in range(first, last)])
    cutter.subset(font)
    _stand_in_columns(font)
    instancer.instantiateVariableFont(
        font, {"wght": weight}, inplace=True, overlap=instancer.OverlapMode.KEEP_AND_DONT_SET_FLAGS
    )
    data = io.BytesIO()
    font.save(data)
    return data.getvalue()


def _stand_in_columns(font: Any) -> None:
    """Let figures be the tabular ones: what draws the PDF shapes no text."""
    if "GSUB" not in font:
        return
    table = font["GSUB"].table
    tabular: dict[str, str] = {}
    for feature in table.FeatureList.FeatureRecord:
        if feature.FeatureTag == "tnum":
            for place in feature.Feature.LookupListIndex:
                for part in table.LookupList.Lookup[place].SubTable:
                    tabular |= getattr(getattr(part, "ExtSubTable", part), "mapping", {})
    for chars in font["cmap"].tables:
        for point in range(ord("0"), ord("9") + 1):
            if point in chars.cmap:
                chars.cmap[point] = tabular.get(chars.cmap[point], chars.cmap[point])
