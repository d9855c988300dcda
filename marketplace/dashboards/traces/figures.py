"""The figures of a statement as a page: steps 6 to 10, each with what it is made of."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.domain.settlement.explain import Source
from ledger.domain.settlement.explain_payee import PayeeStep
from ledger.services.settlements.tracing import StatementTrace
from marketplace.accounts.models import User
from marketplace.dashboards.traces import words
from marketplace.dashboards.traces.words import Fact

SHOWN = (
    ("royalty_micro", True),
    ("recouped_micro", False),
    ("recoupment_received_micro", False),
    ("reserve_held_micro", False),
    ("payable_micro", True),
    ("gross_payout_minor", True),
    ("withheld_minor", False),
    ("payout_minor", True),
    ("carried_micro", True),
)
"""The figures in the order of the rules, and whether one of nothing is shown, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """One figure on paper; amounts in micro."""

    name: str
    """The anchor that the statement's figures link to."""
    rule: int
    heading: str
    words: str
    sources: list[tuple[str, int]]
    rate_ppm: int | None
    before_micro: int
    remainder: str
    result_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresView:
    """Everything the page of a statement's figures shows."""

    currency: str
    payee: str
    agrees: bool
    opening: list[tuple[str, int]]
    opening_micro: int
    figures: list[FigureView]
    payment: list[Fact]
    transfer_ids: tuple[str, ...]


def of_statement(trace: StatementTrace, user: User) -> FiguresView:
    """The page of a statement's figures."""
    told = trace.explanation
    others = {one.party_id for one in (*told.recouped, *told.facts.received)}
    names = words.names_of((), {told.facts.party_id, *others})
    labels = {one.advance_id: names.party(one.party_id) for one in (*told.recouped, *told.facts.received)}
    shown = dict(SHOWN)
    steps = {step.name: step for step in told.steps}
    return FiguresView(
        currency=told.facts.currency,
        payee=names.party(told.facts.party_id),
        agrees=trace.agrees,
        opening=[(_source(one, labels), one.amount_micro) for one in trace.opening],
        opening_micro=trace.statement.opening_micro,
        figures=[_figure(steps[name], labels, told.facts.holds) for name in shown if shown[name] or steps[name].result],
        payment=words.facts(trace.evidence, user),
        transfer_ids=trace.paid.transfer_ids,
    )


def _figure(step: PayeeStep, labels: dict[str, str], holds: tuple[str, ...]) -> FigureView:
    is_minor = step.name.endswith("_minor")
    heading, said = _WORDS[step.name]
    scale = words.MICRO if is_minor else 1
    before = step.before if step.name == "gross_payout_minor" or not is_minor else step.before * scale
    why = {
        "on_hold": _("Nothing is paid now: %(reason)s.") % {"reason": "; ".join(holds)},
        "below_minimum": _("Nothing is paid now: it is below the least payout."),
        "nothing_positive": _("Nothing is owed, so nothing is paid."),
    }
    remainder = ""
    if step.remainder and step.rate_ppm is not None:
        remainder = f"{step.remainder:,} / 1,000,000"
    return FigureView(
        name=step.name.rpartition("_")[0],
        rule=step.rule,
        heading=str(heading),
        words=why.get(step.why, "") or str(said),
        sources=[(_source(one, labels), one.amount_micro) for one in step.inputs if one.amount_micro],
        rate_ppm=step.rate_ppm,
        before_micro=before,
        remainder=remainder,
        result_micro=step.result * scale,
    )


_WORDS = {
    "royalty_micro": (gettext_lazy("Royalty"), gettext_lazy("The sum of all lines, whatever their basis.")),
    "recouped_micro": (
        gettext_lazy("Recoupment"),
        gettext_lazy("Advances in order of their ids take what is left of a positive royalty."),
    ),
    "recoupment_received_micro": (
        gettext_lazy("Advances repaid to you"),
        gettext_lazy("What this run recouped of advances you paid."),
    ),
    "reserve_held_micro": (
        gettext_lazy("Reserve held"),
        gettext_lazy("A part of what is left of the royalty, rounded down."),
    ),
    "payable_micro": (
        gettext_lazy("Payable"),
        gettext_lazy("Brought forward + royalty − recouped + received − held + released."),
    ),
    "gross_payout_minor": (gettext_lazy("Payout before tax"), gettext_lazy("Whole minor units of a positive payable.")),
    "withheld_minor": (gettext_lazy("Tax withheld"), gettext_lazy("A part of the payout, rounded down.")),
    "payout_minor": (gettext_lazy("Paid out"), gettext_lazy("What is sent to you.")),
    "carried_micro": (
        gettext_lazy("Carried over"),
        gettext_lazy("Payable less what was paid: the next statement begins with it."),
    ),
}
_SOURCES = {
    "split": gettext_lazy("shares of what you own"),
    "label": gettext_lazy("label contracts"),
    "commission": gettext_lazy("commission"),
    "opening": gettext_lazy("brought forward"),
    "royalty": gettext_lazy("royalty"),
    "recouped": gettext_lazy("recouped"),
    "received": gettext_lazy("advances repaid to you"),
    "held": gettext_lazy("reserve held"),
    "released": gettext_lazy("reserve released"),
    "payable": gettext_lazy("payable"),
    "gross": gettext_lazy("payout before tax"),
    "statement": gettext_lazy("carried over by the statement before"),
    "correction": gettext_lazy("a closed run corrected"),
    "escrow_expired": gettext_lazy("escrow that ran out"),
    "cost": gettext_lazy("a cost"),
    "agreement": gettext_lazy("agreed by hand"),
    "other": gettext_lazy("otherwise brought forward"),
}


def _source(one: Source, labels: dict[str, str]) -> str:
    if one.what in ("advance", "repaid"):
        return _("advance, %(name)s") % {"name": labels.get(one.name, one.name)}
    key = one.name if one.what == "basis" else one.what
    return str(_SOURCES[key]) if key in _SOURCES else key
