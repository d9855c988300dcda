"""From the ledger's projections to the folder of one run."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from ledger import selectors
from ledger.domain.settlement import epochs
from ledger.domain.settlement import period as rows
from ledger.domain.settlement.lines import Tracer
from ledger.domain.settlement.result import SettlementResult
from ledger.models import (
    Advance,
    Claim,
    Derivation,
    EventRow,
    Hold,
    Party,
    PartyIdentity,
    PayeeTerms,
    RevenueLine,
    SettlementRun,
    Statement,
)
from ledger.services import documents
from ledger.services.settlements import adjustments, agreed, conditions, eligible, folder, periods, reserves, told
from ledger.services.settlements.lines import Line
from ledger.services.settlements.periods import Period

TAKEN_STATES = eligible.TAKEN_STATES
LINE_COLUMNS = ("line_id", "sold_element_id", "path", "element_id", "basis", "amount_micro")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A run's folder, and what the dry run says beside it."""

    files: dict[str, bytes]
    lines: tuple[Line, ...]
    holds: dict[UUID, str]
    cutoff_position: int


def earlier_ends() -> list[dt.datetime]:
    """The ends of all runs that took money, ascending."""
    names = SettlementRun.objects.filter(state__in=TAKEN_STATES).values_list("period", flat=True)
    return sorted(periods.parse(name).end for name in names)


def first_sale_at() -> dt.datetime | None:
    """When the first money came in."""
    return RevenueLine.objects.order_by("at").values_list("at", flat=True).first()


def cutoff_position(end: dt.datetime) -> int:
    """The last position with `at` before `end`; -1 if there is none."""
    found = EventRow.objects.filter(at__lt=end).order_by("-position").values_list("position", flat=True).first()
    return -1 if found is None else found


def gather(period: Period, *, earlier: Sequence[dt.datetime], window: dt.timedelta | None = None) -> Gathered:
    """Everything one run settles, as of its end."""
    if window is None:
        window = dt.timedelta(days=settings.REFUND_WINDOW_DAYS)
    lines = eligible.lines(period, earlier_ends=earlier, window=window)
    lines += told.lines_beside(lines)
    cutoff = cutoff_position(period.end)
    holds = _holds()
    base = rows.Period(
        commission_ppm=settings.COMMISSION_PPM,
        platform_party=str(settings.PLATFORM_PARTY_ID),
        splits=(),
        revenue=(),
        advances=_advances(),
        reserves=_reserves(),
        balances=adjustments.opened(_balances(), cutoff=cutoff),
        minimums=_minimums(),
        holds=[
            *(rows.HoldRow(str(party), "", reason) for party, reason in holds.items()),
            *_held_by_staff(),
        ],
        parties=_withholdings(),
    )
    dated = epochs.in_epochs(base, [dated_line(line) for line in lines], rights(cutoff)).period
    dated = dataclasses.replace(dated, holds=[*dated.holds, *conditions.holds(dated)])
    return Gathered(files=rows.folder_files(dated), lines=tuple(lines), holds=holds, cutoff_position=cutoff)


def dated_line(line: Line) -> epochs.DatedLine:
    """A line as the kernel takes it, with the position that decides its rights."""
    row = rows.RevenueRow(
        line_id=line.line_id,
        element_id=str(line.element_id),
        kind=line.kind,
        currency=line.currency,
        gross_minor=line.gross_minor,
        tax_minor=line.tax_minor,
        fee_minor=line.fee_minor,
        occurred_at=line.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    return epochs.DatedLine(position=line.sale_position, line=row)


def of_elements(period: Period, element_ids: Collection[UUID], *, window: dt.timedelta) -> dict[str, bytes]:
    """Steps 1 to 5 of a run for a whole family of elements (`family_of_elements`), and nothing of anybody else.

    Used credits are left out: what they bring is known only from all that each subscriber used.
    """
    lines = eligible.lines(period, earlier_ends=earlier_ends(), window=window, element_ids=element_ids)
    lines += told.lines_beside(lines)
    base = rows.Period(
        commission_ppm=settings.COMMISSION_PPM, platform_party=str(settings.PLATFORM_PARTY_ID), splits=(), revenue=()
    )
    found = rights(cutoff_position(period.end), element_ids)
    return rows.folder_files(epochs.in_epochs(base, [dated_line(line) for line in lines], found).period)


def family_of_elements(element_id: UUID) -> set[UUID]:
    """The element and all that derivations, or claims (they hand money over), ever tied to it over any steps."""
    found, level = {element_id}, {element_id}
    while level:
        edges = Derivation.objects.filter(Q(child_id__in=level) | Q(parent_id__in=level))
        claims = Claim.objects.filter(Q(element_id__in=level) | Q(resembles_id__in=level))
        ends = [*edges.values_list("child_id", "parent_id"), *claims.values_list("element_id", "resembles_id")]
        level = {one for edge in ends for one in edge} - found
        found |= level
    return found


def rights(cutoff: int, element_ids: Collection[UUID] | None = None) -> epochs.Rights:
    """Every split, derivation and contract up to the cut-off (of a family), with the position it holds from."""
    splits = agreed.split_history(cutoff, element_ids)
    owners = None if element_ids is None else {UUID(party) for one in splits for party, _role, _ppm in one.shares}
    contracts = agreed.dated_contracts(cutoff, splits, owners=owners)
    return epochs.Rights(splits=splits, parents=_parents(cutoff, element_ids), contracts=contracts)


def _parents(cutoff: int, element_ids: Collection[UUID] | None = None) -> list[epochs.DatedParents]:
    """Each record of derivation with all parents known by then: a later record adds to the earlier ones."""
    only = {} if element_ids is None else {"child_id__in": list(element_ids)}
    edges = Derivation.objects.filter(position__lte=cutoff, **only).order_by("child_id", "position", "parent_id")
    found = []
    for child, of_child in groupby(edges, key=lambda edge: edge.child_id):
        known: list[tuple[str, int]] = []
        for position, group in groupby(of_child, key=lambda edge: edge.position):
            known = [*known, *((str(edge.parent_id), edge.upstream_ppm) for edge in group)]
            found.append(epochs.DatedParents(position=position, child_id=str(child), parents=known))
    return found


def _holds() -> dict[UUID, str]:
    """Parties whom no transfer can reach now, and why; their money is carried over."""
    identities = PartyIdentity.objects.in_bulk()
    found = {settings.PLATFORM_PARTY_ID: "kept in the platform's own balance"}
    for party in Party.objects.exclude(party_id=settings.PLATFORM_PARTY_ID).order_by("party_id"):
        identity = identities.get(party.party_id)
        if not party.claimed:
            found[party.party_id] = "invited, no account yet: waits in escrow"
        elif identity is None or not identity.stripe_account_id:
            found[party.party_id] = "has not opened a payout account"
        elif not identity.payouts_enabled:
            found[party.party_id] = "the payout account is not complete"
    return found


def _held_by_staff() -> list[rows.HoldRow]:
    """Standing holds of payees, with the words that are meant for them."""
    standing = list(Hold.objects.filter(standing=True, party_id__isnull=False).order_by("hold_id"))
    words = selectors.reasons(hold.reason_hash for hold in standing)
    found = []
    for hold in standing:
        said = " ".join(words[hold.reason_hash].payee.split())
        found.append(rows.HoldRow(str(hold.party_id), hold.currency or "", f"on hold by staff{said and ': '}{said}"))
    return found


def _advances() -> list[rows.AdvanceInputRow]:
    return [
        rows.AdvanceInputRow(
            advance_id=str(one.advance_id),
            label_id=str(one.label_id),
            party_id=str(one.party_id),
            currency=one.currency,
            unrecouped_micro=one.unrecouped_micro,
        )
        for one in Advance.objects.filter(unrecouped_micro__gt=0).order_by("advance_id")
    ]


def _newest_terms() -> list[PayeeTerms]:
    """A party's rates are those of its newest terms, whatever currency they were set with."""
    return list(PayeeTerms.objects.order_by("party_id", "-position").distinct("party_id"))


def _reserves() -> list[rows.ReserveRow]:
    return [rows.ReserveRow(str(one.party_id), one.reserve_ppm) for one in _newest_terms() if one.reserve_ppm]


def _withholdings() -> list[rows.PartyRow]:
    # Names are no part of the ledger, so the column is there and empty.
    return [rows.PartyRow(str(one.party_id), "", one.withholding_ppm) for one in _newest_terms()]


def _minimums() -> list[rows.MinimumRow]:
    own = [
        rows.MinimumRow(str(one.party_id), one.currency, one.minimum_payout_minor)
        for one in PayeeTerms.objects.order_by("party_id", "currency")
    ]
    currencies = sorted(set(RevenueLine.objects.values_list("currency", flat=True)))
    return [*own, *(rows.MinimumRow("", currency, settings.PAYOUT_MINIMUM_MINOR) for currency in currencies)]


def _balances() -> list[rows.BalanceRow]:
    """What the newest statement of each (party, currency) carried over, and the reserves that come free now."""
    newest = Statement.objects.order_by("party_id", "currency", "-position").distinct("party_id", "currency")
    due = reserves.due()
    return [
        rows.BalanceRow(
            str(one.party_id), one.currency, one.carried_micro, due.get((str(one.party_id), one.currency), 0)
        )
        for one in newest
    ]


# --------------------------------------------------------------------------------------------- reading it again
def statement_lines(inputs_hash: str, result: SettlementResult) -> Callable[[str, str], str]:
    """A function (party_id, currency) -> hash of the document with the payee's lines, kept as it is asked for."""
    line_ids = [row["line_id"] for row in _table(inputs_hash, "revenue.csv")]
    tracer = Tracer(result, line_ids)

    def keep(party_id: str, currency: str) -> str:
        return documents.keep(lines_csv(tracer, party_id, currency), media_type="text/csv")

    return keep


def lines_csv(tracer: Tracer, party_id: str, currency: str) -> bytes:
    """A payee's lines: which sale of which element came to them along which path, on what basis."""
    found = [
        (
            line.line_id,
            true_id(line.sold_element_id),
            "|".join(true_id(step) for step in line.path),
            true_id(line.element_id),
            line.basis,
            line.amount_micro,
        )
        for line in tracer.lines_of(party_id, currency)
    ]
    return folder.table(LINE_COLUMNS, found)


def true_id(virtual_id: str) -> str:
    """The element behind an (element, epoch) of the folder."""
    return virtual_id.partition(" ")[0]


def unrecouped(inputs_hash: str) -> dict[str, int]:
    """Advance -> what was not repaid before the run."""
    return {row["advance_id"]: int(row["unrecouped_micro"]) for row in _table(inputs_hash, "advances.csv")}


def _table(inputs_hash: str, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(folder.load(inputs_hash)[name].decode())))
