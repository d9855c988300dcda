"""Corrected facts in words: names, titles, one sentence a change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain import corrections as domain
from ledger.domain.corrections import Change
from marketplace.catalogue import selectors as catalogue
from marketplace.templatetags.ledgerline import minor_digits, write_amount

Row = Mapping[str, str]


def rows_of(files: Mapping[str, bytes], name: str) -> list[dict[str, str]]:
    """The rows of one file of a folder."""
    return domain.read_rows(files[name])[1]


def moment(position: int) -> dt.datetime | None:
    """When the event at a position was written."""
    record = ledger.event_at(position) if position >= 0 else None
    return record.at if record else None


def titles_of(element_ids: Iterable[str]) -> dict[str, str]:
    """Titles by id; an element that was never listed goes by its id."""
    ids = set(element_ids)
    rows = catalogue.rows_for([UUID(one) for one in ids if _is_uuid(one)])
    titles = {str(key): row.title for key, row in rows.items()}
    return {one: titles.get(one, one) for one in ids}


def names_of(party_ids: Iterable[str]) -> dict[str, str]:
    """Names by id."""
    ids = set(party_ids)
    names = ledger.names_of(UUID(one) for one in ids if _is_uuid(one))
    return {one: (names.get(UUID(one)) or one) if _is_uuid(one) else one for one in ids}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def in_words(changes: Sequence[Change], files: Mapping[str, bytes]) -> list[str]:
    """Each change in a sentence; `files` are those that were changed."""
    lines = {row["line_id"]: row for row in rows_of(files, "revenue.csv")}
    titles = titles_of(
        domain.true_id(one)
        for change in changes
        for one in (
            getattr(change, "element_id", ""),
            getattr(change, "child_id", ""),
            getattr(change, "parent_id", ""),
        )
        if one
    ) | titles_of(domain.true_id(row["element_id"]) for row in _lines_named(changes, lines))
    people = names_of(
        party
        for change in changes
        for party in (
            *(share.party_id for share in getattr(change, "shares", ())),
            *([change.party_id] if isinstance(change, domain.LabelShareCorrected) else []),
        )
    )
    return [_sentence(change, titles, people, lines) for change in changes]


def _lines_named(changes: Sequence[Change], lines: Mapping[str, Row]) -> list[Row]:
    return [lines[one] for one in (getattr(change, "line_id", "") for change in changes) if one in lines]


def _line(line_id: str, titles: Mapping[str, str], lines: Mapping[str, Row]) -> dict[str, str]:
    row = lines.get(line_id)
    if row is None:
        return {"title": line_id, "day": "", "amount": ""}
    return {
        "title": titles[domain.true_id(row["element_id"])],
        "day": row["occurred_at"][:10],
        "amount": _amount(int(row["gross_minor"]), row["currency"]),
    }


def _sentence(change: Change, titles: Mapping[str, str], people: Mapping[str, str], lines: Mapping[str, Row]) -> str:
    match change:
        case domain.SplitCorrected():
            shares = ", ".join(f"{people[one.party_id]} {one.share_ppm / 10_000:g} %" for one in change.shares)
            title = titles[change.element_id]
            when = moment(change.from_position) if change.from_position is not None else None
            if when is None:
                return _("“%(title)s” is divided: %(shares)s.") % {"title": title, "shares": shares}
            return _("From %(when)s on “%(title)s” is divided: %(shares)s.") % {
                "title": title,
                "shares": shares,
                "when": f"{when:%d %b %Y, %H:%M} UTC",
            }
        case domain.LineAdded():
            return _("“%(title)s” brought %(amount)s more (%(kind)s).") % {
                "title": titles[domain.true_id(change.element_id)],
                "amount": _amount(change.gross_minor, change.currency),
                "kind": change.kind,
            }
        case domain.LineReversed():
            currency = lines[change.line_id]["currency"] if change.line_id in lines else "EUR"
            told = {**_line(change.line_id, titles, lines), "back": _amount(change.gross_minor, currency)}
            if change.kind == "refund":
                return _("The sale of “%(title)s” on %(day)s (%(amount)s) was refunded by %(back)s.") % told
            return _("The sale of “%(title)s” on %(day)s (%(amount)s) was charged back by %(back)s.") % told
        case domain.LineChanged():
            told = _line(change.line_id, titles, lines)
            return _("The line of “%(title)s” on %(day)s (%(amount)s) came to other amounts.") % told
        case domain.LineRemoved():
            told = _line(change.line_id, titles, lines)
            return _("The line of “%(title)s” on %(day)s (%(amount)s) does not count.") % told
        case domain.UpstreamCorrected():
            return _since(change.from_position) + _("“%(child)s” pays %(share)s %% to “%(parent)s”.") % {
                "child": titles[change.child_id],
                "parent": titles[change.parent_id],
                "share": f"{change.upstream_ppm / 10_000:g}",
            }
        case domain.ParentAdded():
            return _since(change.from_position) + _(
                "“%(child)s” is made from “%(parent)s”, and pays it %(share)s %%."
            ) % {
                "child": titles[change.child_id],
                "parent": titles[change.parent_id],
                "share": f"{change.upstream_ppm / 10_000:g}",
            }
        case domain.LabelShareCorrected():
            told = {"name": people[change.party_id], "share": f"{change.label_ppm / 10_000:g}"}
            if not change.element_id:
                return _since(change.from_position) + _("The label’s share of %(name)s is %(share)s %%.") % told
            told["title"] = titles[change.element_id]
            return (
                _since(change.from_position)
                + _("The label’s share of what %(name)s gets of “%(title)s” is %(share)s %%.") % told
            )
        case domain.FileReplaced():
            return _("%(file)s is as uploaded (%(hash)s…).") % {"file": change.name, "hash": change.content_hash[:12]}
        case domain.RunRestored():
            return _("Everything is as it was before the last correction.")


def _since(position: int | None) -> str:
    """From when a rate holds, before the sentence that tells it; nothing for the whole period."""
    when = moment(position) if position is not None else None
    return _("From %(when)s on: ") % {"when": f"{when:%d %b %Y, %H:%M} UTC"} if when else ""


def _amount(minor: int, currency: str) -> str:
    return f"{write_amount(minor, digits=minor_digits(currency))} {currency}"
