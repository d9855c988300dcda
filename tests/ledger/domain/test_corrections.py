"""Changed facts as data, the folder they give, and the difference of two results: no database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import corrections as domain
from ledger.domain.errors import MalformedEventError

FOLDER = {
    "terms.json": b'{"commission_ppm": 150000, "platform_party": "p"}\n',
    "splits.csv": b"element_id,party_id,role,share_ppm\na @1,x,producer,1000000\na @7,x,producer,1000000\n"
    b'b @1,y,"a, b",1000000\n',
    "revenue.csv": b"line_id,element_id,kind,currency,gross_minor,tax_minor,fee_minor,occurred_at\n"
    b"1,a @1,sale,EUR,100,0,0,2026-08-01\n2,a @7,sale,EUR,200,0,0,2026-08-02\n",
    "derivations.csv": b"child_id,parent_id,upstream_ppm\nb @1,a @1,100000\n",
    "contracts.csv": b"contract_id,label_id,party_id,element_id,label_ppm\nk 1,l,x,a @1,200000\n",
}
SHARES = (domain.ShareRow("x", "producer", 400_000), domain.ShareRow("z", "singer", 600_000))


class NothingMore:
    """A ledger that knows no more than the folder."""

    def contracts(self, element_id: str, epoch: str, shares: object) -> list[object]:
        return []

    def element(self, element_id: str) -> tuple[list[object], list[object], list[object]]:
        return [], [], []


def change(*changes: domain.Change) -> dict[str, bytes]:
    return domain.applied(
        FOLDER,
        changes,
        supply=NothingMore(),
        folder={"hash": FOLDER}.__getitem__,
        document={"content": b"x\n"}.__getitem__,
    )


def test_a_corrected_split_touches_its_file_and_no_other() -> None:
    after = change(domain.SplitCorrected(element_id="a", shares=SHARES, from_position=5))

    assert {name for name in FOLDER if after[name] != FOLDER[name]} == {"splits.csv"}
    assert after["splits.csv"] == (
        b"element_id,party_id,role,share_ppm\na @1,x,producer,1000000\na @7,x,producer,400000\na @7,z,singer,600000\n"
        b'b @1,y,"a, b",1000000\n'
    )


def test_a_reversal_belongs_to_the_epoch_of_its_sale_and_late_money_to_the_newest() -> None:
    money = {"gross_minor": 30, "tax_minor": 2, "fee_minor": 1, "occurred_at": "2026-08-31"}

    after = change(
        domain.LineReversed(line_id="1", kind="refund", **money),
        domain.LineReversed(line_id="1", kind="refund", **money),
        domain.LineAdded(line_id="3", element_id="a", kind="sale", currency="EUR", **money),
    )

    assert after["revenue.csv"].decode().splitlines()[3:] == [
        "1/refund-1,a @1,refund,EUR,-30,-2,-1,2026-08-31",
        "1/refund-2,a @1,refund,EUR,-30,-2,-1,2026-08-31",
        "3,a @7,sale,EUR,30,2,1,2026-08-31",
    ]


def test_lines_are_changed_and_removed_rates_corrected_and_all_of_it_restored() -> None:
    after = change(
        domain.LineChanged(line_id="1", gross_minor=7, tax_minor=0, fee_minor=0),
        domain.LineRemoved(line_id="2"),
        domain.UpstreamCorrected(child_id="b", parent_id="a", upstream_ppm=0),
        domain.LabelShareCorrected(party_id="x", element_id="", label_ppm=1),
    )

    assert after["revenue.csv"].endswith(b"occurred_at\n1,a @1,sale,EUR,7,0,0,2026-08-01\n")
    assert after["derivations.csv"].endswith(b"b @1,a @1,0\n")
    assert after["contracts.csv"].endswith(b"k 1,l,x,a @1,1\n")
    assert change(domain.LineRemoved(line_id="2"), domain.RunRestored(inputs_hash="hash")) == FOLDER


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (domain.SplitCorrected(element_id="a", shares=SHARES, from_position=8), "no sale of the run"),
        (domain.UpstreamCorrected(child_id="a", parent_id="b", upstream_ppm=1), "is not made from"),
        (domain.LabelShareCorrected(party_id="y", element_id="", label_ppm=1), "no contract"),
        (domain.FileReplaced(name="terms.json", content_hash="content"), "cannot be replaced"),
    ],
)
def test_a_change_that_does_not_fit_is_told_with_its_number(wrong: domain.Change, told: str) -> None:
    with pytest.raises(domain.ChangeError, match=f"change 2: .*{told}"):
        change(domain.LineRemoved(line_id="2"), wrong)


def test_changes_are_written_and_read_again() -> None:
    money = {"gross_minor": -1, "tax_minor": 0, "fee_minor": 0}
    changes = (
        domain.SplitCorrected(element_id="a", shares=SHARES),
        domain.LineAdded(line_id="3", element_id="a", kind="sale", currency="EUR", occurred_at="2026-08-31", **money),
        domain.LineReversed(line_id="1", kind="dispute", occurred_at="2026-08-31", **money),
        domain.LineChanged(line_id="1", **money),
        domain.LineRemoved(line_id="1"),
        domain.UpstreamCorrected(child_id="a", parent_id="b", upstream_ppm=1),
        domain.ParentAdded(child_id="a", parent_id="b", upstream_ppm=1, from_position=3),
        domain.LabelShareCorrected(party_id="y", element_id="", label_ppm=1),
        domain.FileReplaced(name="splits.csv", content_hash="c"),
        domain.RunRestored(inputs_hash="h"),
    )

    assert domain.decode_changes(domain.encode_changes(changes)) == changes
    for broken in (b"{}", b"[1]", b'[{"change": "nothing"}]', b'[{"change": "line_removed"}]', b"x"):
        with pytest.raises(MalformedEventError):
            domain.decode_changes(broken)


ADVANCES = "advance_id,label_id,party_id,currency,unrecouped_micro\nv,l,x,EUR,{}\n"


@given(
    amount=st.integers(0, 10**6),
    original=st.integers(0, 10**6),
    after=st.integers(0, 10**6),
    now=st.integers(0, 10**6),
    counted=st.integers(-(10**6), 10**6),
)
def test_what_counts_of_an_advance_never_leaves_its_bounds(
    amount: int, original: int, after: int, now: int, counted: int
) -> None:
    now = min(now, amount)
    before, corrected = ({"advances.csv": ADVANCES.format(left).encode()} for left in (original, after))
    state = domain.AdvanceState(amount_micro=amount, unrecouped_micro=now, counted_micro=counted)

    found = domain.advances_of(before, corrected, {"v": state})

    wanted = original - after - counted
    assert [one.wanted_micro for one in found] == ([wanted] if wanted else [])
    for one in found:
        assert 0 <= one.unrecouped_micro <= amount
        assert one.unrecouped_micro == now - one.counted_micro
        assert abs(one.counted_micro) <= abs(wanted)
        owed = domain.owed([], [one])
        assert sum(owed.values()) == 0


def test_a_rate_can_be_corrected_from_one_epoch_on() -> None:
    folder = FOLDER | {
        "derivations.csv": b"child_id,parent_id,upstream_ppm\na @1,b @1,100000\na @7,b @1,100000\n",
        "contracts.csv": b"contract_id,label_id,party_id,element_id,label_ppm\nk 1,l,x,a @1,2\nk 2,l,x,a @7,2\n",
    }
    changes = (
        domain.UpstreamCorrected(child_id="a", parent_id="b", upstream_ppm=5, from_position=2),
        domain.LabelShareCorrected(party_id="x", element_id="a", label_ppm=9, from_position=7),
    )

    after = domain.applied(folder, changes, supply=NothingMore(), folder={}.__getitem__, document={}.__getitem__)

    assert after["derivations.csv"].splitlines()[1:] == [b"a @1,b @1,100000", b"a @7,b @1,5"]
    assert after["contracts.csv"].splitlines()[1:] == [b"k 1,l,x,a @1,2", b"k 2,l,x,a @7,9"]
    assert domain.decode_changes(domain.encode_changes(changes)) == changes
