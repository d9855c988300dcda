"""Exclude or hold with a click: what staff can keep back from a run, in the words that the payee will read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain.corrections import told
from ledger.domain.errors import WrongStateError
from ledger.services import holds
from ledger.services.settlements import gather, lines, periods
from marketplace.catalogue import selectors as catalogue
from marketplace.dashboards.tables import Column, table


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason to choose: a few words for staff, a sentence for the payee."""

    code: str
    staff: str
    payee: str


def reasons() -> tuple[Reason, ...]:
    """Why money is kept back, as a rule."""
    return (
        Reason(
            code="figures",
            staff=_("Figures are being checked"),
            payee=_("An amount is unusual, and we are checking it. Nothing is lost: it is paid once we are done."),
        ),
        Reason(
            code="rights",
            staff=_("Rights are in question"),
            payee=_("Somebody asked whose work this is. The money waits until that is settled."),
        ),
        Reason(
            code="details",
            staff=_("Payee’s details are missing"),
            payee=_("We need details from you before we can pay. Please write to us."),
        ),
        Reason(
            code="agreed",
            staff=_("Agreed with the payee"),
            payee=_("As agreed with you, this is paid later."),
        ),
    )


def act(values: QueryDict, *, actor_id: UUID) -> None:
    """Do what a form asks for.

    Raises
    ------
    ValueError, LedgerError
        If an id is none, or it cannot be done.
    """
    if values.get("hold"):
        holds.lift_hold(hold_id=UUID(values["hold"]), actor_id=actor_id)
    elif values.get("deferral"):
        holds.resume(deferral_id=UUID(values["deferral"]), actor_id=actor_id)
    else:
        _keep(values, actor_id=actor_id)


def _keep(values: QueryDict, *, actor_id: UUID) -> None:
    chosen = next((one for one in reasons() if one.code == values.get("reason", "")), None)
    note = values.get("note", "").strip()
    typed = "" if chosen else values.get("reason", "").strip()
    staff = ": ".join(part for part in (chosen.staff if chosen else typed, note) if part)
    payee = chosen.payee if chosen else ""
    if values.get("party") or values.get("element"):
        holds.place_hold(
            party_id=UUID(values["party"]) if values.get("party") else None,
            element_id=UUID(values["element"]) if values.get("element") else None,
            currency=None,
            reason=staff,
            payee_words=payee,
            actor_id=actor_id,
        )
    elif values.get("line") or values.get("order"):
        holds.defer(
            line_id=values.get("line") or None,
            order_id=UUID(values["order"]) if values.get("order") else None,
            until=periods.parse(values.get("period", "")).end,
            reason=staff,
            actor_id=actor_id,
        )
    else:
        raise WrongStateError(_("nothing was named to keep back"))


def on(party_id: UUID) -> list[dict[str, Any]]:
    """The holds on a party, and on elements it made or has a share in."""
    elements = {*ledger.elements_credited(party_id), *ledger.elements_shared(party_id)}
    return standing([*ledger.standing_holds(party_id), *ledger.holds_on_elements(elements)])


def standing(holds_: list[ledger.Hold] | None = None) -> list[dict[str, Any]]:
    """Holds that stand (all by default), with whom or what each is on, since when, and why."""
    found = ledger.standing_holds() if holds_ is None else holds_
    words = ledger.reasons(one.reason_hash for one in found)
    names = ledger.names_of(one.party_id for one in found if one.party_id)
    rows = catalogue.rows_for([one.element_id for one in found if one.element_id])
    placed = {one.position: ledger.event_at(one.position) for one in found}
    who = ledger.names_of(record.actor_id for record in placed.values() if record)
    listed = []
    for one in found:
        record = placed[one.position]
        row = rows.get(one.element_id) if one.element_id else None
        listed.append(
            {
                "hold": one,
                "name": names[one.party_id] if one.party_id else (row.title if row else _("an element never listed")),
                "reason": words[one.reason_hash],
                "at": record.at if record else None,
                "by": who[record.actor_id] if record else "",
            }
        )
    return listed


# ---------------------------------------------------------------------------------------------- lines of a run
@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One revenue line of a dry run."""

    line: lines.Line
    title: str
    order_id: UUID | None

    @property
    def is_met(self) -> bool:
        """Whether it stands beside a reversal that a correction had told, and goes where that goes."""
        return told.is_met(self.line.line_id)

    @property
    def net_minor(self) -> int:
        """What is divided of it."""
        return self.line.gross_minor - self.line.tax_minor - self.line.fee_minor


def line_columns() -> list[Column[LineRow]]:
    """The columns of the table of lines."""
    return [
        Column(name="at", label=_("When"), value=lambda row: row.line.at),
        Column(name="element", label=_("Element"), value=lambda row: row.title),
        Column(name="kind", label=_("Kind"), value=lambda row: row.line.kind),
        Column(name="gross", label=_("Gross"), value=lambda row: row.line.gross_minor, number=True),
        Column(name="tax", label=_("Tax"), value=lambda row: row.line.tax_minor, number=True),
        Column(name="fee", label=_("Fee"), value=lambda row: row.line.fee_minor, number=True),
        Column(name="net", label=_("Net"), value=lambda row: row.net_minor, number=True),
    ]


def lines_context(period: periods.Period, params: QueryDict) -> dict[str, Any]:
    """The lines that the run of a period takes, as a table."""
    found = gather.gather(period, earlier=gather.earlier_ends()).lines if _can_be_settled(period) else ()
    rows = _line_rows(found)
    shown = table(rows, line_columns(), params, text=_line_text, sort="-net")
    sums: dict[str, int] = {}
    for row in shown.rows:
        sums[row.line.currency] = sums.get(row.line.currency, 0) + row.net_minor
    return {
        "period": period,
        "table": shown,
        "page": shown.page,
        "sums": sorted(sums.items()),
        "reasons": reasons(),
        "keep": [("period", period.name)],
    }


def _can_be_settled(period: periods.Period) -> bool:
    earlier = gather.earlier_ends()
    if earlier and period.end <= earlier[-1]:
        raise WrongStateError(f"everything before {earlier[-1]:%d %B %Y, %H:%M} UTC was settled already")
    return True


def _line_rows(found: Iterable[lines.Line]) -> list[LineRow]:
    everything = list(found)
    titles = {key: row.title for key, row in catalogue.rows_for([line.element_id for line in everything]).items()}
    facts = ledger.revenue_by_ids(line.line_id for line in everything)
    return [
        LineRow(
            line=line,
            title=titles.get(line.element_id, ""),
            order_id=facts[line.line_id].order_id if line.line_id in facts else None,
        )
        for line in everything
    ]


def _line_text(row: LineRow) -> str:
    return f"{row.title} {row.line.kind} {row.line.currency} {row.line.line_id} {row.order_id or ''}"
