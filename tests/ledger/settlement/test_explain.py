"""A figure explained: every step recomputes what the kernel gave, nothing is left out between two steps."""

from __future__ import annotations

import dataclasses
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings

from ledger.domain.settlement import settle
from ledger.domain.settlement.division import divided
from ledger.domain.settlement.explain import Explainer, LineExplanation, NoSuchLineError, Source, Step
from ledger.domain.settlement.explain_payee import explain_statement, payee_facts
from ledger.domain.settlement.family import above, family_of, sold_element
from ledger.domain.settlement.lines import Tracer
from ledger.domain.settlement.period import Period, RevenueRow, folder_files, inputs_from

from . import reference
from .strategies import PARTIES, periods
from .test_lines import DIAMOND, sale

relaxed = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MICRO = 1_000_000


def explainer(period: Period) -> Explainer:
    return Explainer(settle(inputs_from(period)), period.revenue)


def explained(period: Period) -> list[LineExplanation]:
    """Every line of every payee."""
    told = explainer(period)
    return [
        told.line(
            party_id=party,
            currency=currency,
            line_id=line.line_id,
            element_id=line.element_id,
            path=line.path,
            basis=line.basis,
        )
        for currency in sorted({row.currency for row in period.revenue})
        for party in PARTIES
        for line in told.tracer.lines_of(party, currency)
    ]


def goes_on(step: Step) -> list[int]:
    """The amounts that a step hands to the next ones."""
    if step.division is None:
        return [step.after_micro]
    return [part.amount_micro for part in step.division.parts if part.chosen]


def assert_without_gap(one: LineExplanation) -> None:
    handed: list[int] = []
    for step in one.steps:
        assert step.before_micro == sum(source.amount_micro for source in step.inputs)
        if step.rule > 1:
            taken_over = [source.amount_micro for source in step.inputs if source.mine]
            assert taken_over
            assert set(taken_over) <= set(handed) | {0}
        assert step.after_micro == sum(goes_on(step))
        handed = [*handed, *goes_on(step), step.after_micro]
    last = [step for step in one.steps if step.rule == one.steps[-1].rule]
    if one.basis == "label":
        assert sum(step.after_micro for step in last) == one.allocated_micro
    else:
        assert one.steps[-1].after_micro == one.allocated_micro


# ----------------------------------------------------------------------------------------------- one line
def test_a_line_is_told_from_its_sale_to_its_micro() -> None:
    one = explainer(DIAMOND).line(
        party_id="ann", currency="EUR", line_id="l1", element_id="d", path=("a", "b", "d"), basis="split"
    )

    assert [(step.rule, step.element_id, step.before_micro, step.after_micro) for step in one.steps] == [
        (1, "a", 999 * MICRO, 999 * MICRO),
        (2, "a", 999 * MICRO, 899_100_000),
        (3, "a", 899_100_000, 179_820_000),
        (3, "b", 629_820_000, 314_910_000),
        (3, "d", 343_687_500, 343_687_500),
        (4, "d", 343_687_500, 343_687_500),
    ]
    assert [step.line_micro for step in one.steps] == [10**9, 9 * 10**8, 18 * 10**7, 9 * 10**7, 9 * 10**7, 9 * 10**7]
    assert one.amount_micro == 90_000_000
    assert one.allocated_micro == 343_687_500 == sum(piece.amount_micro for piece in one.pieces)


def test_a_label_s_line_tells_whose_part_it_is_taken_from() -> None:
    one = explainer(DIAMOND).line(
        party_id="lab", currency="EUR", line_id="l1", element_id="a", path=("a",), basis="label"
    )

    owners, contract = one.steps[-2:]
    assert owners.division is not None
    assert [part.receiver for part in owners.division.parts if part.chosen] == ["eve"]
    assert (contract.party_id, contract.before_micro, contract.after_micro) == ("eve", 314_685_000, 78_671_250)
    assert one.amount_micro == 78_750_000


def test_a_unit_that_is_left_goes_to_the_largest_remainder_and_a_tie_to_the_earlier_place() -> None:
    told = divided(-1001, [("ann", 1), ("bob", 1), ("cy", 2)], chosen=[1])

    assert (told.left_units, told.tied, told.chosen_amount) == (1, False, -250)
    assert [(part.receiver, part.floor_micro, part.remainder, part.unit) for part in told.parts] == [
        ("ann", 250, 1, 0),
        ("bob", 250, 1, 0),
        ("cy", 500, 2, 1),
    ]
    tie = divided(1, [("ann", 1), ("bob", 1)], chosen=[0])
    assert (tie.tied, [part.amount_micro for part in tie.parts]) == (True, [1, 0])


def test_a_line_that_the_payee_does_not_have_is_refused() -> None:
    told = explainer(DIAMOND)
    wanted = {"currency": "EUR", "line_id": "l1", "element_id": "d", "path": ("a", "b", "d"), "basis": "split"}

    for wrong in ({"party_id": "eve"}, {"party_id": "nobody"}, {"party_id": "ann", "currency": "USD"}):
        with pytest.raises(NoSuchLineError):
            told.line(**(wanted | wrong))  # type: ignore[arg-type]


@relaxed
@given(periods())
def test_all_parts_of_a_sale_are_its_net_but_for_the_rounding_that_is_told(period: Period) -> None:
    """Exactly: the fractions. Whole: what stands on statements, off by the units that each allocation tells."""
    exact: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    units: Counter[str] = Counter()
    for one in explained(period):
        mine = next(piece for piece in one.pieces if piece.mine)
        exact[one.line_id] += mine.exact
        whole[one.line_id] += mine.amount_micro
        units[one.line_id] += mine.amount_micro - mine.exact
        if one.paths == 1 and one.basis != "label":
            assert one.steps[-1].line_micro == mine.exact

    for row in period.revenue:
        assert exact[row.line_id] == row.net_minor * MICRO
        assert whole[row.line_id] == row.net_minor * MICRO + units[row.line_id]
    for currency in {row.currency for row in period.revenue}:
        lines = [row for row in period.revenue if row.currency == currency]
        assert sum(whole[row.line_id] for row in lines) == sum(row.net_minor for row in lines) * MICRO


@relaxed
@given(periods())
def test_steps_follow_each_other_without_a_gap_and_give_what_the_kernel_gave(period: Period) -> None:
    kernel = {tuple(row[:4]): row.amount_micro for row in settle(inputs_from(period)).allocation_rows()}

    for one in explained(period):
        assert_without_gap(one)
        element = one.path[-1]
        assert one.allocated_micro == kernel.get((one.currency, element, one.party_id, one.basis), 0)
        for step in one.steps:
            if step.division is not None:
                weights = [part.weight for part in step.division.parts]
                assert [part.amount_micro for part in step.division.parts] == reference.divide(
                    step.before_micro, weights
                )


# ----------------------------------------------------------------------------------------------- the family
@relaxed
@given(periods())
def test_a_family_settles_like_the_whole_run(period: Period) -> None:
    whole = Tracer(settle(inputs_from(period)), [row.line_id for row in period.revenue])
    allocated = {tuple(row[:4]): row.amount_micro for row in whole.result.allocation_rows()}
    files = folder_files(period)

    for element in {row.element_id for row in period.revenue}:
        family = family_of(files, above(files, [element]))
        rows = {row.line_id for row in period.revenue if row.element_id in family.elements}
        assert set(family.line_ids) == rows
        part = settle(inputs_from(_as_period(family.files)))
        own = {tuple(row[:4]): row.amount_micro for row in part.allocation_rows() if row.element_id in family.elements}
        assert own == {key: amount for key, amount in allocated.items() if key[1] in family.elements}
        traced = Tracer(part, family.line_ids)
        for party in PARTIES:
            for currency in {row.currency for row in period.revenue}:
                seen = [line for line in traced.lines_of(party, currency) if line.element_id in family.elements]
                told = [line for line in whole.lines_of(party, currency) if line.element_id in family.elements]
                assert seen == told


def _as_period(files: dict[str, bytes]) -> Period:
    import csv
    import io
    import json

    from ledger.domain.settlement import period as rows

    def read(name: str, make: type) -> list:
        found = csv.DictReader(io.StringIO(files[f"{name}.csv"].decode(), newline=""))
        numbers = ("_ppm", "_minor", "_micro")
        return [make(*(int(v) if k.endswith(numbers) else v for k, v in row.items())) for row in found]

    return Period(
        **json.loads(files["terms.json"]),
        splits=read("splits", rows.SplitRow),
        revenue=read("revenue", rows.RevenueRow),
        derivations=read("derivations", rows.DerivationRow),
        contracts=read("contracts", rows.ContractRow),
    )


def test_a_family_leaves_out_strangers_contracts_of_others_and_who_subscribed() -> None:
    credits = RevenueRow("2026-10:user_centric:somebody:EUR:a", "a", "subscription", "EUR", 90, 0, 0, "2026-10-01")
    stranger = sale("l9", "zz", 100)
    period = dataclasses.replace(
        DIAMOND,
        revenue=[*DIAMOND.revenue, stranger, credits],
        splits=[*DIAMOND.splits, *(row._replace(element_id="zz") for row in DIAMOND.splits[:1])],
    )
    files = folder_files(period)

    family = family_of(files, ["a"], party_id="ann")

    assert family.elements == {"a"}
    assert family.line_ids == ("l1", "l4", credits.line_id)
    assert b"somebody" not in b"".join(family.files.values())
    assert b"eve" not in family.files["contracts.csv"]
    assert sold_element(files, "l2") == "b"
    assert sold_element(files, "l7") is None


# ----------------------------------------------------------------------------------------------- a statement
@relaxed
@given(periods())
def test_a_statement_s_figures_are_those_of_the_kernel_and_of_the_pencil(period: Period) -> None:
    result, files = settle(inputs_from(period)), folder_files(period)
    after = {row.advance_id: row.unrecouped_micro for row in result.advance_rows()}
    parts: dict[tuple[str, str], Counter[str]] = {}
    for row in result.allocation_rows():
        parts.setdefault((row.party_id, row.currency), Counter())[row.basis] += row.amount_micro
    told = []
    for row in result.statement_rows():
        royalty = [Source("basis", b, n) for b, n in sorted(parts.get((row.party_id, row.currency), {}).items())]
        facts = payee_facts(files, party_id=row.party_id, currency=row.currency, royalty=royalty, advances_after=after)
        told.append(explain_statement(facts).row())

    assert told == list(result.statement_rows())
    assert [tuple(row) for row in told] == reference.settle(period).statements


def test_what_is_held_and_withheld_tells_what_rounding_down_left_out() -> None:
    facts = payee_facts(
        {
            "reserves.csv": b"party_id,reserve_ppm\nann,333333\n",
            "parties.csv": b"party_id,name,withholding_ppm\nann,,150000\n",
            "minimums.csv": b"party_id,currency,min_payout_minor\n,EUR,5\n",
        },
        party_id="ann",
        currency="EUR",
        royalty=[Source("basis", "split", 10_000_001)],
        advances_after={},
    )

    steps = {step.name: step for step in explain_statement(facts).steps}

    held = steps["reserve_held_micro"]
    assert held.before * held.rate_ppm == held.result * MICRO + held.remainder
    assert (held.result, Fraction(held.remainder, MICRO)) == (3_333_330, Fraction(333_333, MICRO))
    assert (steps["gross_payout_minor"].result, steps["gross_payout_minor"].remainder) == (6, 666_671)
    assert (steps["withheld_minor"].result, steps["withheld_minor"].remainder) == (0, 900_000)
    assert steps["carried_micro"].result == 666_671
