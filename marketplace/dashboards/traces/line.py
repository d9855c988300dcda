"""One line of a statement as a page: the sale on top, a step a block, the transfer at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from ledger.domain.corrections import told
from ledger.domain.settlement.explain import LineExplanation, Source, Step
from ledger.services.settlements.tracing import LineTrace
from marketplace.accounts.models import User
from marketplace.dashboards.traces import words
from marketplace.dashboards.traces.words import Fact, Names

SOURCES_SHOWN = 8
PIECES_SHOWN = 12
USED_CREDITS = "credits-"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """One receiver of a division."""

    name: str
    weight: int
    amount_micro: int
    remainder: str
    unit: int
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """One amount that went into a step."""

    name: str
    amount_micro: int
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step on paper."""

    rule: int
    heading: str
    words: str
    sources: list[SourceView]
    sources_left: int
    sources_left_micro: int
    before_micro: int
    parts: list[PartView]
    left_words: str
    after_micro: int
    mine: str
    facts: list[Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceView:
    """One line of the allocation, where its exact part was cut."""

    name: str
    exact: str
    unit: int
    amount_micro: int
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """Everything the page of a line shows."""

    currency: str
    number: int
    amount_micro: int
    title: str
    payee: str
    path: list[str]
    basis: str
    kind: str
    gross_minor: int
    tax_minor: int
    fee_minor: int
    net_minor: int
    sale: list[Fact]
    steps: list[StepView]
    pieces: list[PieceView]
    pieces_left: int
    pieces_left_micro: int
    allocated_micro: int
    payment: list[Fact]
    transfer_ids: tuple[str, ...]
    flow: dict[str, Any]


def of_line(trace: LineTrace, user: User) -> LineView:
    """The page of one line."""
    explained, revenue = trace.explanation, trace.revenue
    names = _names(explained)
    mine = sorted(explained.pieces, key=lambda piece: not piece.mine)
    hidden = mine[PIECES_SHOWN:]
    return LineView(
        currency=explained.currency,
        number=trace.row.number,
        amount_micro=explained.amount_micro,
        title=names.element(explained.path[0]),
        payee=names.party(explained.party_id),
        path=[names.element(step) for step in explained.path],
        basis=explained.basis,
        kind="told before" if told.is_met(revenue.line_id) else revenue.kind,
        gross_minor=revenue.gross_minor,
        tax_minor=revenue.tax_minor,
        fee_minor=revenue.fee_minor,
        net_minor=revenue.net_minor,
        sale=words.facts((one for one in trace.evidence if one.rule == 0), user),
        steps=[_step(step, trace, names, user) for step in explained.steps],
        pieces=[
            PieceView(
                name=_("this line") if piece.mine else _line_name(piece.line_id, piece.path, names),
                exact=words.exact(piece.exact, explained.currency),
                unit=piece.units,
                amount_micro=piece.amount_micro,
                mine=piece.mine,
            )
            for piece in mine[:PIECES_SHOWN]
        ],
        pieces_left=len(hidden),
        pieces_left_micro=sum(piece.amount_micro for piece in hidden),
        allocated_micro=explained.allocated_micro,
        payment=words.facts((one for one in trace.evidence if one.rule > 10), user),
        transfer_ids=trace.paid.transfer_ids,
        flow=flow_of(trace, names),
    )


def _names(told: LineExplanation) -> Names:
    elements, parties = {*told.path}, {told.party_id}
    for step in told.steps:
        elements.add(step.element_id)
        elements |= {source.name for source in step.inputs if source.what in ("pool", "child", "portion", "net")}
        receivers = {part.receiver for part in step.division.parts} if step.division else set()
        if step.rule == 3:
            elements |= receivers
        elif step.rule in (4, 5):
            parties |= receivers
        else:
            parties |= receivers - {step.element_id}
    return words.names_of(elements, parties)


def _other(line_id: str) -> str:
    """A sale that is not the one explained: by the end of its id, or of used credits by their number."""
    if told.is_met(line_id):
        return _("told before, %(id)s") % {"id": told.sale_of(line_id)[-8:]}
    if line_id.startswith(USED_CREDITS):
        return _("used credits %(number)s") % {"number": line_id.removeprefix(USED_CREDITS)}
    return _("sale %(id)s") % {"id": told.fact_of(line_id)[-8:]}


def _line_name(line_id: str, path: tuple[str, ...], names: Names) -> str:
    return f"{_other(line_id)} · {' → '.join(names.element(step) for step in path)}"


def _step(step: Step, trace: LineTrace, names: Names, user: User) -> StepView:
    currency = trace.explanation.currency
    sources = sorted(step.inputs, key=lambda source: not source.mine)
    hidden = sources[SOURCES_SHOWN:]
    division = step.division
    heading, said = _words(step, names)
    return StepView(
        rule=step.rule,
        heading=heading,
        words=said,
        sources=[_source(source, step, names) for source in sources[:SOURCES_SHOWN]] if step.rule in (1, 3) else [],
        sources_left=len(hidden) if step.rule in (1, 3) else 0,
        sources_left_micro=sum(source.amount_micro for source in hidden),
        before_micro=step.before_micro,
        parts=[
            PartView(
                name=_("its own portion") if step.rule == 3 and n == 0 else names.receiver(part.receiver),
                weight=part.weight,
                amount_micro=part.amount_micro,
                remainder=f"{part.remainder:,} / {division.whole:,}" if part.remainder else "",
                unit=part.unit,
                chosen=part.chosen,
            )
            for n, part in enumerate(division.parts)
        ]
        if division
        else [],
        left_words=_left(step),
        after_micro=step.after_micro,
        mine=words.exact(step.line_micro, currency) if step.line_micro is not None else "",
        facts=words.facts(
            (one for one in trace.evidence if one.rule == step.rule and _belongs(one.element_id, step)), user
        ),
    )


def _belongs(element_id: str, step: Step) -> bool:
    return not element_id or element_id == step.element_id


def _source(source: Source, step: Step, names: Names) -> SourceView:
    if source.what == "line":
        name = _("this sale") if source.mine else _other(source.name)
    elif source.what == "pool":
        name = _("its own sales, after commission")
    else:
        name = _("sent up by %(title)s") % {"title": names.element(source.name)}
    return SourceView(name=name, amount_micro=source.amount_micro, mine=source.mine)


def _left(step: Step) -> str:
    division = step.division
    if division is None or not division.left_units:
        return ""
    count = {"count": division.left_units}
    if division.tied:
        return _("%(count)s micro left after rounding down, to the largest remainder; of equal ones the first.") % count
    return _("%(count)s micro left after rounding down, to the largest remainder.") % count


def _words(step: Step, names: Names) -> tuple[str, str]:
    title = {"title": names.element(step.element_id), "party": names.party(step.party_id)}
    return {
        1: (_("Net"), _("All that %(title)s brought in this run: gross − tax − processor’s fee.") % title),
        2: (_("Commission"), _("The platform’s commission first; the rest is the pool of %(title)s.") % title),
        3: (
            _("Upstream") if step.division else _("Received"),
            _("Of everything that %(title)s received, what it is made from gets its share.") % title
            if step.division
            else _("%(title)s is made from nothing that is paid: all of it is its own portion.") % title,
        ),
        4: (_("Owners"), _("The own portion of %(title)s by the split in force on the day of the sale.") % title),
        5: (_("Label contract"), _("The contract of %(party)s takes its share of this part.") % title),
    }[step.rule]


# ------------------------------------------------------------------------------------------------- the picture
def flow_of(trace: LineTrace, names: Names) -> dict[str, Any]:
    """The exact part of this sale on its way: what went on, and what left at each step."""
    told, revenue = trace.explanation, trace.revenue
    labels: dict[str, tuple[str, int]] = {"sale": (_("The sale"), 0)}
    micro = words.MICRO
    bands: list[tuple[str, str, Fraction | int]] = []
    for key, label, amount in (
        ("tax", _("Tax"), revenue.tax_minor),
        ("fee", _("Processor’s fee"), revenue.fee_minor),
    ):
        if amount:
            labels[key] = (label, 1)
            bands.append(("sale", key, amount * micro))
    at, layer = "sale", 1
    for key, label, away, kept, leaves in _stations(told, names):
        if away:
            labels[f"{key}-away"] = (leaves, layer)
            bands.append((at, f"{key}-away", away))
        labels[key] = (label, layer)
        bands.append((at, key, kept))
        at, layer = key, layer + 1
    nodes = [
        {"id": key, "label": label, "layer": layer, "hue": 5 if key.startswith("e") else 2}
        for key, (label, layer) in labels.items()
    ]
    nodes[-1]["hue"] = 1
    return {"nodes": nodes, "links": words.links_of(bands, told.currency)}


def _stations(told: LineExplanation, names: Names) -> Iterator[tuple[str, str, Fraction, Fraction, str]]:
    """(id, label, what left before it, what reached it, where that went)."""
    before = told.steps[0].line_micro or Fraction(0)
    payee = names.party(told.party_id)
    mine = next(piece.exact for piece in told.pieces if piece.mine)
    if told.basis == "commission":
        yield "me", payee, before - mine, mine, names.element(told.path[0])
        return
    pool = told.steps[1].line_micro or Fraction(0)
    yield "e0", names.element(told.path[0]), before - pool, pool, _("Commission")
    before = pool
    portions = [step for step in told.steps if step.rule == 3]
    for place, step in enumerate(portions[:-1] if told.paths == 1 else [], start=1):
        kept = step.line_micro or Fraction(0)
        leaves = _("%(title)s and others") % {"title": names.element(step.element_id)}
        yield f"e{place}", names.element(told.path[place]), before - kept, kept, leaves
        before = kept
    yield "me", payee, before - mine, mine, _("Others")
