"""Which contract takes what: the dated contracts against a rule that looks at one sale at a time."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.settlement.agreements import Agreement, Membership, dated_contracts
from ledger.domain.settlement.epochs import DatedSplit, Rights, in_epochs
from ledger.domain.settlement.period import Period

from .test_epochs import sale

ELEMENTS, GROUPS, LAST = ("e", "f"), ("g", "h"), 40
BASE = Period(commission_ppm=0, platform_party="platform", splits=[], revenue=[])

positions = st.integers(1, LAST)
steps = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 9)), max_size=2, unique_by=lambda step: step[0]).map(
    sorted
)
scopes = st.sampled_from([("e", ""), ("f", ""), ("", "g"), ("", "h"), ("", "")])
spans = st.tuples(positions, st.none() | st.integers(1, 20))
sales = st.lists(st.tuples(positions, st.sampled_from(ELEMENTS)), max_size=20).map(sorted)
memberships = st.lists(
    st.builds(
        lambda group, element, span: Membership(
            group_id=group, element_id=element, joined=span[0], left=span[1] and span[0] + span[1]
        ),
        st.sampled_from(GROUPS),
        st.sampled_from(ELEMENTS),
        spans,
    ),
    max_size=4,
)


@st.composite
def agreements(draw: Any) -> list[Agreement]:
    signed = draw(st.lists(positions, max_size=5, unique=True))
    found = []
    for number, position in enumerate(signed):
        element_id, group_id = draw(scopes)
        lasts = draw(st.none() | st.integers(1, 20))
        found.append(
            Agreement(
                contract_id=f"c{number}",
                label_id="lab",
                party_id="ann",
                label_ppm=number,
                signed=position,
                ended=lasts and position + lasts,
                element_id=element_id,
                group_id=group_id,
                escalations=[(units, 100 * (number + 1) + ppm) for units, ppm in draw(steps)],
            )
        )
    return found


def in_force(
    element: str,
    position: int,
    signed: list[Agreement],
    members: list[Membership],
    sold: list[tuple[int, str]],
) -> tuple[str, int] | None:
    """The rule as it is told: (contract_id, label_ppm) of one sale."""

    def holds(one: Agreement, what: str, at: int) -> bool:
        inside = any(
            m.group_id == one.group_id and m.element_id == what and m.joined <= at and (m.left is None or at < m.left)
            for m in members
        )
        return one.element_id == what if one.element_id else inside if one.group_id else True

    def stands(one: Agreement, at: int) -> bool:
        return one.signed <= at and (one.ended is None or at < one.ended)

    standing = [one for one in signed if stands(one, position) and holds(one, element, position)]
    if not standing:
        return None
    first = max(standing, key=lambda one: (bool(one.element_id), bool(one.group_id), one.signed))
    units = sum(1 for at, what in sold if first.signed < at < position and stands(first, at) and holds(first, what, at))
    reached = [ppm for least, ppm in first.escalations if least <= units]
    return first.contract_id, reached[-1] if reached else first.label_ppm


@settings(max_examples=150, deadline=None)
@given(signed=agreements(), members=memberships, sold=sales)
def test_every_sale_is_shared_by_the_contract_that_the_rule_names(signed, members, sold) -> None:
    splits = [DatedSplit(position=0, element_id=element, shares=[("ann", "editor", 1_000_000)]) for element in ELEMENTS]
    dated = dated_contracts(signed, memberships=members, sales=sold, splits=splits)
    asked = [(element, position) for element in ELEMENTS for position in range(1, LAST + 1)]
    lines = [sale(f"{element}{position}", element, 1, position=position) for element, position in asked]

    epochs = in_epochs(BASE, lines, Rights(splits=splits, contracts=dated))

    by_epoch = {row.element_id: (row.contract_id.split()[0], row.label_ppm) for row in epochs.period.contracts}
    taken = {line.line_id: by_epoch.get(line.element_id) for line in epochs.period.revenue}
    assert taken == {
        f"{element}{position}": in_force(element, position, signed, members, sold) for element, position in asked
    }


def test_a_blanket_step_counts_only_what_its_party_had_a_share_of_when_it_was_sold() -> None:
    one = Agreement(contract_id="c", label_id="lab", party_id="ann", label_ppm=1, signed=1, escalations=[(2, 5)])
    splits = [
        DatedSplit(position=0, element_id="e", shares=[("ann", "editor", 1_000_000)]),
        DatedSplit(position=4, element_id="e", shares=[("bob", "editor", 1_000_000)]),
        DatedSplit(position=6, element_id="e", shares=[("ann", "editor", 1), ("bob", "editor", 999_999)]),
    ]

    dated = dated_contracts([one], splits=splits, sales=[(3, "e"), (5, "e"), (7, "e"), (8, "e")])

    assert [(row.position, row.contract.label_ppm) for row in dated] == [(1, 1), (8, 5)]


def test_two_steps_within_one_order_are_one_change() -> None:
    one = Agreement(
        contract_id="c",
        label_id="lab",
        party_id="ann",
        label_ppm=1,
        signed=1,
        element_id="e",
        escalations=[(1, 5), (2, 9)],
    )

    dated = dated_contracts([one], sales=[(3, "e"), (3, "e")])

    assert [(row.position, row.contract.label_ppm, row.over) for row in dated] == [(1, 1, False), (4, 9, False)]
