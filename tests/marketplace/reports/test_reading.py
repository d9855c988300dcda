"""What a file says, cell by cell: no site, no database."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.reports.reading import amounts, guess, limits, table
from marketplace.reports.reading.amounts import UnreadableError
from marketplace.reports.reading.read import read
from marketplace.reports.reading.template import Template

CURRENCIES = ("EUR", "USD", "JPY")
AWKWARD = (
    "Nimbus Streaming GmbH;;;\r\n"
    "Abrechnung 2026-10;;;\r\n"
    "ISRC;Track title;Art;Nettoerlös;Währung;Anzahl;Monat;Plattform\r\n"
    'DE-A12-24-00001;"Night ferry";S;1.234,560000;EUR;12;2026-10;Nimbus DE\r\n'
    'dea122400001;"Night\r\nferry (live)";S;0,000123456789;EUR;3;2026-10;Nimbus FR\r\n'
    "DE-A12-24-0000X;Tide tables;S;10,50;EUR;1;2026-10;Nimbus FR\r\n"
    ";Tide tables;Return;(0,50);EUR;1;2026-10;Nimbus FR\r\n"
    ";;S;7,00;EUR;1;Oktober;Nimbus FR\r\n"
    "Summe;;;1252,56;;;;\r\n"
)


def outcome(tmp_path, text, *, encoding="utf-8-sig", **changes):
    """(summary, groups, errors) of a file read by the guessed mapping, with some of it changed."""
    path = tmp_path / "input"
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    values = {**json.loads(guess.template(path).to_json()), **changes}
    summary = read(path, tmp_path, template=Template.from_values(values), currencies=CURRENCIES)
    groups, errors = (
        [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        for name in ("groups.jsonl", "errors.jsonl")
    )
    return summary, groups, errors


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_an_awkward_file_is_guessed_and_read_in_every_encoding(tmp_path, encoding):
    """Semicolons, decimal commas, a preamble, a quoted line break, a bad ISRC, a return, a row of totals."""
    summary, groups, errors = outcome(tmp_path, AWKWARD, encoding=encoding, skip_last=1, negative_kinds=["Return"])

    assert (summary["lines"], summary["currency"], summary["amount_errors"]) == (5, "EUR", 0)
    assert Decimal(summary["total"]) == Decimal("1251.560123456789")
    assert [(one["key"], one["lines"], one["total"]) for one in groups] == [
        ("isrc:DEA122400001", 2, "1234.560123456789"),
        ("title:tide tables|", 2, "10.00"),
        ("unnamed", 1, "7.00"),
    ]
    assert [(one["line"], one["column"]) for one in errors] == [(7, "ISRC"), (9, ""), (9, "Monat")]


def test_a_row_of_totals_that_nobody_skipped_is_an_amount_error_and_never_money(tmp_path):
    summary, _, errors = outcome(tmp_path, AWKWARD)

    assert summary["amount_errors"] == 1
    assert errors[-1] == {"kind": "amount", "line": 10, "column": "Währung", "words": "“” is no currency"}


@pytest.mark.parametrize(
    ("text", "marks", "value"),
    [
        ("1,234.56", (".", ","), "1234.56"),
        ("1.234,56", (",", "."), "1234.56"),
        ("−0,0034", (",", ""), "-0.0034"),
        ("(12.50)", (".", ""), "-12.50"),
        ("12.50-", (".", ""), "-12.50"),
        ("€ 3", (".", ""), "3"),
        ("-$3.5", (".", ""), "-3.5"),
        ("1.2E-05", (".", ""), "0.000012"),
        ("1 234,5", (",", " "), "1234.5"),
        (".5", (".", ""), "0.5"),
        ("0.000000000000000001", (".", ""), "0.000000000000000001"),
    ],
)
def test_amounts_are_read_exactly_as_people_write_them(text, marks, value):
    assert amounts.amount(text, decimal_mark=marks[0], thousands_mark=marks[1]) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("", (".", "")),
        ("-", (".", "")),
        ("abc", (".", "")),
        ("1,234.56", (".", "")),
        ("1.23", (",", ".")),
        ("1.2.3", (".", "")),
        ("١٢", (".", "")),
        ("1e99", (".", "")),
        ("NaN", (".", "")),
        ("Infinity", (".", "")),
        ("=1+1", (".", "")),
        ("0.0000000000000000001", (".", "")),
        ("9" * 40, (".", "")),
    ],
)
def test_what_is_no_amount_is_never_guessed(text, marks):
    with pytest.raises(UnreadableError):
        amounts.amount(text, decimal_mark=marks[0], thousands_mark=marks[1])


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**12), max_value=10**12))
def test_what_is_written_with_a_comma_is_read_back_to_the_last_digit(value):
    written = f"{value:,.9f}".translate(str.maketrans(",.", ".,"))

    assert amounts.amount(written, decimal_mark=",", thousands_mark=".") == value


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-1, max_value=1), max_size=40))
def test_the_micro_of_a_sum_is_off_by_half_a_micro_at_most(values):
    total = sum(values, Decimal(0))

    assert abs(amounts.micro(total, "EUR") - total * 10**8) <= Decimal("0.5")
    assert abs(amounts.micro(total, "JPY") - total * 10**6) <= Decimal("0.5")


@pytest.mark.parametrize(
    ("header", "amount", "title"),
    [
        ("Song;Künstler;Nettobetrag (EUR);Währung", "Nettobetrag (EUR)", "Song"),
        ("Titre,Artiste,Montant net,Devise", "Montant net", "Titre"),
        ("Título,Artista,Ingresos netos,Moneda", "Ingresos netos", "Título"),
        ("曲名,歌手,金額,幣別", "金額", "曲名"),
        ("Vendor Identifier\tTitle\tExtended Partner Share\tPartner Share Currency", "Extended Partner Share", "Title"),
        ("Gross revenue,Net revenue,Track,Currency", "Net revenue", "Track"),
    ],
)
def test_columns_are_guessed_from_their_names_in_many_languages(tmp_path, header, amount, title):
    path = tmp_path / "input"
    path.write_text(header + "\n")

    found = guess.template(path).columns

    assert (found["amount"], found["title"], "currency" in found) == ((amount,), (title,), True)


def test_two_columns_make_one_title(tmp_path):
    text = "Track,Version,Amount,Currency\nNight ferry,Live,1,EUR\nNight ferry,,1,EUR\n"

    _, groups, _ = outcome(tmp_path, text, columns={
        "title": ["Track", "Version"], "amount": ["Amount"], "currency": ["Currency"]
    })  # fmt: skip

    assert [one["title"] for one in groups] == ["Night ferry Live", "Night ferry"]


def test_one_report_is_in_one_currency(tmp_path):
    summary, _, errors = outcome(tmp_path, "Title,Amount,Currency\nA,1,EUR\nB,1,USD\nC,1,XXQ\n")

    assert summary["amount_errors"] == 2
    assert "one report is in one currency" in errors[0]["words"]


def test_a_row_with_a_cell_too_many_is_never_read_as_money(tmp_path):
    summary, groups, errors = outcome(tmp_path, "Title,Amount,Currency\nA, B,1,EUR\nC,2,EUR\n")

    assert (errors[0]["line"], summary["lines"], groups[0]["total"]) == (2, 1, "2")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'Title,Amount,Currency\nA,1,EUR\n"B,1,EUR\n' + b"C,1,EUR\n" * 3000, "never closed"),
        (b"Title,Amount,Currency\n" + b"A" * 9000 + b",1,EUR\n", "longer than"),
        (b"", "there is no header"),
    ],
)
def test_a_broken_file_is_told_where_it_breaks(tmp_path, data, words):
    summary, _, errors = outcome(tmp_path, data)

    assert summary["broken"]
    assert words in errors[-1]["words"]


def test_text_that_is_not_of_its_encoding_is_told_and_never_replaced(tmp_path):
    summary, _, errors = outcome(tmp_path, "Title,Amount,Currency\nÄ,1,EUR\n", encoding="cp1252")
    assert summary["lines"] == 1

    values = {"columns": {"title": ["Title"], "amount": ["Amount"], "currency": ["Currency"]}, "encoding": "utf-8-sig"}
    broken = read(tmp_path / "input", tmp_path, template=Template.from_values(values), currencies=CURRENCIES)

    assert broken["broken"]
    assert errors == []


def test_too_many_different_things_end_the_reading(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "GROUPS_MAX", 3)

    summary, groups, errors = outcome(tmp_path, "Title,Amount,Currency\n" + "".join(f"T{n},1,EUR\n" for n in range(9)))

    assert (summary["broken"], len(groups)) == (True, 3)
    assert "split the file" in errors[-1]["words"]


def test_names_of_columns_are_told_apart():
    header = table.Row(line=1, cells=["Name", "", "Name", " Na\nme "])

    assert table.names(header) == ["Name", "Column 2", "Name (2)", "Na me"]
