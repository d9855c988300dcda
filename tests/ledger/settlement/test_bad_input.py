"""Every fault of a folder is told with file, line and column, and nothing is written."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from ledger.domain.settlement import BadInputError, read_folder, read_folder_streamed

from .folders import GOOD, write

Edit = Callable[[dict[str, bytes]], None]


def faults_of(folder: Path) -> list[str]:
    """What both ways of reading say: they must agree on every word."""
    with pytest.raises(BadInputError) as caught:
        read_folder(folder)
    with pytest.raises(BadInputError) as streamed:
        read_folder_streamed(folder)
    assert streamed.value.lines == caught.value.lines
    return caught.value.lines


def line(file: str, number: int, text: str) -> Edit:
    """Put `text` in place of a line of a file (1 is the header); past the end: append it."""

    def edit(files: dict[str, bytes]) -> None:
        lines = files[file].decode().splitlines()
        lines[number - 1 : number] = [text]
        files[file] = "\n".join(lines).encode() + b"\n"

    return edit


def raw(file: str, content: bytes) -> Edit:
    return lambda files: files.__setitem__(file, content)


def gone(file: str) -> Edit:
    return lambda files: files.__delitem__(file) or None


NUMBERS = "no whole number: "
CASES: dict[str, tuple[list[Edit], list[str]]] = {
    "revenue without splits": (
        [line("revenue.csv", 3, "l2,e9,sale,EUR,5,0,0,2026-10-01")],
        ["revenue.csv:3:element_id: element 'e9' has no splits"],
    ),
    "a parent without splits": (
        [line("derivations.csv", 2, "e2,e9,100000")],
        ["derivations.csv:2:parent_id: parent 'e9' has no splits"],
    ),
    "shares that miss the whole, told at the element's last row": (
        [line("splits.csv", 2, "e1,p1,composer,600001")],
        ["splits.csv:4:share_ppm: the shares of 'e1' sum to 1000001, not 1000000"],
    ),
    "upstream over the whole, told at the child's last row": (
        [line("derivations.csv", 3, "e3,e1,900001"), line("derivations.csv", 4, "e3,e2,100000")],
        ["derivations.csv:4:upstream_ppm: the upstream shares of 'e3' sum to 1000001, over 1000000"],
    ),
    "a cycle": (
        [line("derivations.csv", 3, "e3,e2,1"), line("derivations.csv", 4, "e1,e3,1")],
        ["derivations.csv:4:parent_id: a cycle: e1 -> e3 -> e2 -> e1"],
    ),
    "an element that is its own parent": (
        [line("derivations.csv", 3, "e3,e3,1")],
        ["derivations.csv:3:parent_id: a cycle: e3 -> e3"],
    ),
    "two cycles and their descendants": (
        [
            raw(
                "derivations.csv",
                b"child_id,parent_id,upstream_ppm\ne1,e2,1\ne2,e1,1\ne3,e2,1\n",
            ),
        ],
        ["derivations.csv:3:parent_id: a cycle: e2 -> e1 -> e2"],
    ),
    "a repeated line_id": (
        [line("revenue.csv", 4, "l1,e1,sale,EUR,5,0,0,2026-10-01")],
        ["revenue.csv:4:line_id: 'l1' repeats line 2"],
    ),
    "a repeated contract_id": (
        [line("contracts.csv", 3, "c1,lab,p2,,1")],
        ["contracts.csv:3:contract_id: 'c1' repeats line 2"],
    ),
    "a repeated advance_id": (
        [line("advances.csv", 3, "a1,lab,p2,EUR,1")],
        ["advances.csv:3:advance_id: 'a1' repeats line 2"],
    ),
    "a repeated derivation": (
        [line("derivations.csv", 3, "e2,e1,7")],
        ["derivations.csv:3:child_id: 'e2', 'e1' repeats line 2"],
    ),
    "a repeated balance": (
        [line("balances.csv", 3, "p1,EUR,1,1")],
        ["balances.csv:3:party_id: 'p1', 'EUR' repeats line 2"],
    ),
    "a repeated minimum for everyone": (
        [line("minimums.csv", 3, ",EUR,4")],
        ["minimums.csv:3:party_id: '', 'EUR' repeats line 2"],
    ),
    "a repeated reserve": (
        [line("reserves.csv", 3, "p1,4"), line("reserves.csv", 4, "p1,5")],
        ["reserves.csv:3:party_id: 'p1' repeats line 2", "reserves.csv:4:party_id: 'p1' repeats line 2"],
    ),
    "a repeated party": (
        [line("parties.csv", 3, "p1,Again,0")],
        ["parties.csv:3:party_id: 'p1' repeats line 2"],
    ),
    "two blanket contracts": (
        [line("contracts.csv", 3, "c2,other,p1,,1")],
        ["contracts.csv:3:party_id: 'p1' has a contract at the same level on line 2"],
    ),
    "two contracts for one element": (
        [line("contracts.csv", 3, "c2,lab,p1,e1,1"), line("contracts.csv", 4, "c3,other,p1,e1,1")],
        ["contracts.csv:4:party_id: 'p1' has a contract at the same level on line 3"],
    ),
    "an unknown kind": (
        [line("revenue.csv", 2, "l1,e1,gift,EUR,5,0,0,2026-10-01")],
        ["revenue.csv:2:kind: none of sale, refund, subscription, dispute, adjustment: 'gift'"],
    ),
    "a currency that is none": (
        [line("revenue.csv", 2, "l1,e1,sale,eur,5,0,0,2026-10-01"), line("holds.csv", 2, "p1,EURO,x")],
        [
            "revenue.csv:2:currency: no ISO 4217 currency code: 'eur'",
            "holds.csv:2:currency: no ISO 4217 currency code: 'EURO'",
        ],
    ),
    "an empty currency where one is needed": (
        [line("advances.csv", 2, "a1,lab,p1,,1")],
        ["advances.csv:2:currency: no ISO 4217 currency code: ''"],
    ),
    "a time that is none": (
        [line("revenue.csv", 2, "l1,e1,sale,EUR,5,0,0,2026-02-29"), line("revenue.csv", 3, "l2,e1,sale,EUR,5,0,0,now")],
        [
            "revenue.csv:2:occurred_at: no RFC 3339 date or time: '2026-02-29'",
            "revenue.csv:3:occurred_at: no RFC 3339 date or time: 'now'",
        ],
    ),
    "empty ids": (
        [
            line("revenue.csv", 2, ",,sale,EUR,5,0,0,2026-10-01"),
            line("splits.csv", 6, ",,composer,1"),
            line("contracts.csv", 2, ",,,,1"),
            line("advances.csv", 2, ",,,EUR,1"),
            line("reserves.csv", 2, ",1"),
            line("balances.csv", 2, ",EUR,1,1"),
            line("holds.csv", 2, ",,x"),
            line("parties.csv", 2, ",x,1"),
        ],
        [
            "splits.csv:6:element_id: the id is empty",
            "splits.csv:6:party_id: the id is empty",
            "revenue.csv:2:element_id: the id is empty",
            "revenue.csv:2:line_id: the id is empty",
            "contracts.csv:2:contract_id: the id is empty",
            "contracts.csv:2:label_id: the id is empty",
            "contracts.csv:2:party_id: the id is empty",
            "advances.csv:2:advance_id: the id is empty",
            "advances.csv:2:label_id: the id is empty",
            "advances.csv:2:party_id: the id is empty",
            "reserves.csv:2:party_id: the id is empty",
            "balances.csv:2:party_id: the id is empty",
            "holds.csv:2:party_id: the id is empty",
            "parties.csv:2:party_id: the id is empty",
        ],
    ),
    "an empty child and an empty parent": (
        [line("derivations.csv", 2, ",,1")],
        ["derivations.csv:2:child_id: the id is empty", "derivations.csv:2:parent_id: the id is empty"],
    ),
    "ppm out of range": (
        [line("contracts.csv", 2, "c1,lab,p1,,1000001"), line("reserves.csv", 2, "p1,-1")],
        [
            "contracts.csv:2:label_ppm: out of range: 1000001 is not within 0 to 1000000",
            "reserves.csv:2:reserve_ppm: out of range: -1 is not within 0 to 1000000",
        ],
    ),
    "a bad share is told once, not again as a sum": (
        [line("splits.csv", 2, "e1,p1,composer,1000001")],
        ["splits.csv:2:share_ppm: out of range: 1000001 is not within 0 to 1000000"],
    ),
    "minor out of range": (
        [line("revenue.csv", 2, "l1,e1,sale,EUR,10000000001,-10000000001,99999999999999999999,2026-10-01")],
        [
            "revenue.csv:2:fee_minor: out of range: 99999999999999999999 is not within -10000000000 to 10000000000",
            "revenue.csv:2:gross_minor: out of range: 10000000001 is not within -10000000000 to 10000000000",
            "revenue.csv:2:tax_minor: out of range: -10000000001 is not within -10000000000 to 10000000000",
        ],
    ),
    "a negative minimum": (
        [line("minimums.csv", 2, ",EUR,-1")],
        ["minimums.csv:2:min_payout_minor: out of range: -1 is not within 0 to 10000000000"],
    ),
    "micro out of range": (
        [
            line("balances.csv", 2, "p1,EUR,-100000000000000001,-1"),
            line("advances.csv", 2, "a1,lab,p1,EUR,-1"),
        ],
        [
            "advances.csv:2:unrecouped_micro: out of range: -1 is not within 0 to 100000000000000000",
            "balances.csv:2:carried_micro: out of range: -100000000000000001 is not within -100000000000000000 to "
            "100000000000000000",
            "balances.csv:2:reserve_due_micro: out of range: -1 is not within 0 to 100000000000000000",
        ],
    ),
    "net amounts that pass the limit, told at the currency's last line": (
        [
            raw(
                "revenue.csv",
                b"line_id,element_id,kind,currency,gross_minor,tax_minor,fee_minor,occurred_at\n"
                + b"".join(b"u%d,e1,sale,USD,10000000000,0,0,2026-10-01\n" % n for n in range(200))
                + b"v,e2,sale,USD,-1,0,0,2026-10-01\nl1,e1,sale,EUR,1,0,0,2026-10-01\n",
            )
        ],
        [
            "revenue.csv:202:gross_minor: the net amounts of USD sum to 2000000000001 minor over all elements, over "
            "2000000000000"
        ],
    ),
    "missing files": (
        [gone("terms.json"), gone("splits.csv"), gone("revenue.csv")],
        [
            "terms.json:0:file: the file is missing",
            "splits.csv:0:file: the file is missing",
            "revenue.csv:0:file: the file is missing",
        ],
    ),
    "missing and doubled columns": (
        [
            line("revenue.csv", 1, "line_id,element,kind,gross_minor,gross_minor,tax_minor,fee_minor,occurred_at"),
            raw("holds.csv", b""),
        ],
        [
            "revenue.csv:1:currency: the column is missing",
            "revenue.csv:1:element_id: the column is missing",
            "revenue.csv:1:gross_minor: the column stands twice",
            "holds.csv:1:currency: the column is missing",
            "holds.csv:1:party_id: the column is missing",
            "holds.csv:1:reason: the column is missing",
        ],
    ),
    "text that is not UTF-8": (
        [
            raw("parties.csv", b"party_id,name,withholding_ppm\np1,ok,0\np2,\xff\xfe,0\np3,caf\xe9,0\n"),
            raw("terms.json", b'{"commission_ppm": 1, "platform_party": "\xff"}'),
        ],
        [
            "terms.json:0:file: the text is not UTF-8",
            "parties.csv:3:name: the text is not UTF-8",
            "parties.csv:4:name: the text is not UTF-8",
        ],
    ),
    "terms that are no JSON": (
        [raw("terms.json", b"commission")],
        ["terms.json:0:file: no JSON object: Expecting value: line 1 column 1 (char 0)"],
    ),
    "terms that are no object": ([raw("terms.json", b"[]")], ["terms.json:0:file: no JSON object"]),
    "terms that lack a name": (
        [raw("terms.json", b"{}")],
        [
            "terms.json:0:commission_ppm: no whole number from 0 to 1000000: None",
            "terms.json:0:platform_party: no party id: None",
        ],
    ),
    "terms of the wrong kind": (
        [raw("terms.json", b'{"commission_ppm": 100000.0, "platform_party": ""}')],
        [
            "terms.json:0:commission_ppm: no whole number from 0 to 1000000: 100000.0",
            "terms.json:0:platform_party: no party id: ''",
        ],
    ),
    "terms that say a thing twice": (
        [raw("terms.json", b'{"commission_ppm": 1, "commission_ppm": 2, "platform_party": "x"}')],
        ["terms.json:0:file: no JSON object: a name stands twice"],
    ),
    "rows with too few and too many fields": (
        [line("splits.csv", 2, "e1,p1,composer"), line("reserves.csv", 2, "p1,1,2")],
        [
            "splits.csv:2:share_ppm: the row has 3 fields, the header 4",
            "reserves.csv:2:reserve_ppm: the row has 3 fields, the header 2",
        ],
    ),
    "a quote in the middle of a field": (
        [line("parties.csv", 2, 'p1,Al "Ace" Bo,0')],
        ["parties.csv:2:name: a quote stands where RFC 4180 allows none, or is never closed"],
    ),
    "text after a closing quote": (
        [line("parties.csv", 2, 'p1,"Al"x,0')],
        ["parties.csv:2:name: a quote stands where RFC 4180 allows none, or is never closed"],
    ),
    "a quote that is never closed": (
        [line("parties.csv", 2, 'p1,"Al,0')],
        ["parties.csv:2:name: a quote stands where RFC 4180 allows none, or is never closed"],
    ),
    "a row's line counts empty lines and line ends inside quotes": (
        [raw("parties.csv", b'\xef\xbb\xbfparty_id,name,withholding_ppm\r\n\r\np1,"two\r\nlines",0\r\n\n\np2,x,y\r\n')],
        ["parties.csv:7:withholding_ppm: no whole number: 'y'"],
    ),
    "a multi-line row is told at its first line": (
        [raw("parties.csv", b'party_id,name,withholding_ppm\np1,"a\nb\nc",-\n')],
        ["parties.csv:2:withholding_ppm: no whole number: '-'"],
    ),
    "several faults of one row and of several files": (
        [line("revenue.csv", 2, ",e1,gift,EUR,x,0,0,2026-10-01"), line("reserves.csv", 2, ",1.5")],
        [
            "revenue.csv:2:gross_minor: no whole number: 'x'",
            "revenue.csv:2:kind: none of sale, refund, subscription, dispute, adjustment: 'gift'",
            "revenue.csv:2:line_id: the id is empty",
            "reserves.csv:2:party_id: the id is empty",
            "reserves.csv:2:reserve_ppm: no whole number: '1.5'",
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_fault_is_told_with_file_line_and_column(name: str, tmp_path: Path) -> None:
    edits, expected = CASES[name]
    files = dict(GOOD)
    for edit in edits:
        edit(files)

    assert faults_of(write(files, tmp_path)) == expected


@pytest.mark.parametrize("text", ["+5", "007", "5.0", " 5", "5 ", "1e3", "", "--5", "5_0", "٣", "0x1", "-"])
def test_a_number_is_nothing_but_digits(text: str, tmp_path: Path) -> None:
    files = dict(GOOD)
    line("revenue.csv", 2, f"l1,e1,sale,EUR,{text},0,0,2026-10-01")(files)

    assert faults_of(write(files, tmp_path)) == [f"revenue.csv:2:gross_minor: no whole number: {text!r}"]


@pytest.mark.parametrize(
    "text",
    [
        "2026-13-01",
        "2026-00-01",
        "2026-01-32",
        "2025-02-29",
        "2026-1-1",
        "2026-10-01T24:00:00Z",
        "2026-10-01T12:60:00Z",
        "2026-10-01T12:00:61Z",
        "2026-10-01T12:00Z",
        "2026-10-01T12:00:00",
        "2026-10-01 12:00:00Z",
        "2026-10-01T12:00:00+2:00",
        "2026-10-01T12:00:00.Z",
        "20261001",
        "",
    ],
)
def test_a_time_that_rfc_3339_does_not_know_is_told(text: str, tmp_path: Path) -> None:
    files = dict(GOOD)
    line("revenue.csv", 2, f"l1,e1,sale,EUR,1,0,0,{text}")(files)

    assert faults_of(write(files, tmp_path)) == [f"revenue.csv:2:occurred_at: no RFC 3339 date or time: {text!r}"]


@pytest.mark.parametrize(
    "text",
    ["2026-10-01", "2024-02-29", "0000-02-29", "2026-10-01T23:59:60Z", "2026-10-01t01:02:03.123456789+05:30"],
)
def test_a_time_of_rfc_3339_is_taken(text: str, tmp_path: Path) -> None:
    files = dict(GOOD)
    line("revenue.csv", 2, f"l1,e1,sale,EUR,-0,0,0,{text}")(files)

    assert len(read_folder(write(files, tmp_path)).revenue.element) == 3


def test_after_fifty_faults_the_rest_is_counted(tmp_path: Path) -> None:
    files = dict(GOOD)
    files["reserves.csv"] = b"party_id,reserve_ppm\n" + b"".join(b",x\n" for _ in range(100))
    files["parties.csv"] = b"party_id,name,withholding_ppm\n" + b"p1,x\n" * 61

    told = faults_of(write(files, tmp_path))

    assert len(told) == 51
    assert told[0] == "reserves.csv:2:party_id: the id is empty"
    assert told[1] == "reserves.csv:2:reserve_ppm: no whole number: 'x'"
    assert told[49] == "reserves.csv:26:reserve_ppm: no whole number: 'x'"
    assert told[50] == f"and {200 + 61 - 50} more faults"


def test_the_command_ends_with_status_2_and_writes_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    files = dict(GOOD)
    line("revenue.csv", 3, "l2,e9,sale,EURO,5,0,0,2026-10-01")(files)
    out = tmp_path / "out"
    stderr = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("settle", str(write(files, tmp_path / "in")), out=out, stderr=stderr)

    assert ended.value.code == 2
    assert stderr.getvalue().splitlines() == [
        "revenue.csv:3:currency: no ISO 4217 currency code: 'EURO'",
        "revenue.csv:3:element_id: element 'e9' has no splits",
    ]
    assert not out.exists()
