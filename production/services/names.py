"""File names from outside: shown, kept as words, never used as a path."""

from __future__ import annotations

import unicodedata

from production import limits
from production.errors import UnsafeNameError


def plain_name(name: str) -> str:
    """`name` in one Unicode form, without blanks at its ends.

    Raises
    ------
    UnsafeNameError
        If it is a path, a drive, a dot name, or holds control or bidirectional override characters.
    """
    plain = unicodedata.normalize("NFC", name).strip()
    if not plain or plain.strip(".") == "" or len(plain.encode()) > limits.NAME_BYTES_MAX:
        raise UnsafeNameError
    if any(mark in plain for mark in "/\\:") or "%2f" in plain.lower() or "%5c" in plain.lower():
        raise UnsafeNameError
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") for character in plain):
        raise UnsafeNameError
    return plain


def title_from(name: str) -> str:
    """A first title for an element: the file's name without its ending."""
    stem = name.rsplit(".", 1)[0].replace("_", " ").strip()
    return (stem or name)[: limits.TITLE_CHARACTERS_MAX]
