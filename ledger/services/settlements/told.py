"""What a posted correction told before the log had it is counted once, by whichever run takes it.

A reversal names its sale; of late revenue staff say which line of the log it is (`late`). The run divides beside it a
line of the opposite sign, with the rights of the same sale: the two cancel, and what the correction took from the
payees, or gave them, stays all that they lost or got. `correction.met` says so at the release.
"""

from __future__ import annotations

import csv
import functools
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from ledger.domain import events
from ledger.domain.corrections import told as domain
from ledger.domain.corrections.told import Told
from ledger.domain.errors import WrongStateError
from ledger.models import ArrivedCorrection, Correction, MetCorrection, RevenueLine, SettlementRun
from ledger.selectors import event_at
from ledger.services.settlements import folder
from ledger.services.settlements.lines import Line

UNDECIDED_STATES = ("calculated", "reviewed", "approved")
Amounts = dict[str, Told]


def standing() -> Amounts:
    """Sale, or late line -> what posted corrections told of it, less what runs have met since."""
    left: Amounts = {}
    for run in SettlementRun.objects.filter(run_id__in=Correction.objects.filter(state="posted").values("run_id")):
        newest = Correction.objects.filter(run_id=run.run_id, state="posted").order_by("-changed_position")[0]
        for sale, told in _told_in(run, newest.inputs_hash).items():
            left[sale] = _sum(left[sale], told) if sale in left else told
    for sale, met in _met_sums(left).items():
        _take(left, sale, met)
    return left


def _met_sums(sales: Iterable[str]) -> Amounts:
    sums: Amounts = {}
    for row in MetCorrection.objects.filter(sale_id__in=list(sales)):
        met = _amounts(row)
        sums[row.sale_id] = _sum(sums[row.sale_id], met) if row.sale_id in sums else met
    return sums


def _take(left: Amounts, sale: str, met: Told) -> None:
    if rest := domain.less(left[sale], met):
        left[sale] = rest
    else:
        del left[sale]


def _told_in(run: SettlementRun, inputs_hash: str) -> Mapping[str, Told]:
    return {} if inputs_hash == run.inputs_hash else _between(run.inputs_hash, inputs_hash)


@functools.lru_cache(maxsize=256)
def _between(released_hash: str, corrected_hash: str) -> Mapping[str, Told]:
    """Folders never change, so what lies between two of them is looked for once."""
    files = folder.file(released_hash, "revenue.csv"), folder.file(corrected_hash, "revenue.csv")
    return {**domain.told_back(*files), **domain.told_late(*files)}


def _sum(one: Told, other: Told) -> Told:
    return Told(one.currency, *(a + b for a, b in zip(one[1:], other[1:], strict=True)))


# ------------------------------------------------------------------------------------------------ into a run
def lines_beside(taken: Sequence[Line]) -> list[Line]:
    """For each line that a run takes and a correction told before: the line that meets it, in the same order."""
    left = standing()
    found = _undone(taken)
    for line, sale in [*_reversals(taken), *_arrivals(taken)] if left else ():
        told = left.get(sale)
        if told is None or told.currency != line.currency or told.gross_minor * line.gross_minor <= 0:
            continue
        met = domain.met_by(told, line.gross_minor)
        _take(left, sale, met)
        found.append(_beside(line, sale, met))
    # What is taken and taken back by one run had met nothing before it: the second is met as the first was.
    return [*found, *_undone(taken, found)]


def _beside(line: Line, sale: str, met: Told) -> Line:
    return replace(
        line,
        line_id=domain.id_of_met(line.line_id, sale),
        kind="adjustment",
        gross_minor=met.gross_minor,
        tax_minor=met.tax_minor,
        fee_minor=met.fee_minor,
    )


def _arrivals(taken: Sequence[Line]) -> list[tuple[Line, str]]:
    """(line, the late line it is): of money from outside, what staff said."""
    lines = {domain.fact_of(line.line_id): line for line in taken if line.kind == "sale" and line.gross_minor > 0}
    if not lines:
        return []
    said = dict(ArrivedCorrection.objects.exclude(told_id="").values_list("line_id", "told_id"))
    return [
        (line, told_id) for line in taken if line.kind == "sale" and (told_id := said.get(domain.fact_of(line.line_id)))
    ]


def _undone(taken: Sequence[Line], now: Sequence[Line] | None = None) -> list[Line]:
    """Beside the mirror of money that had met late revenue: the same again, for that is told and not there once more.

    now : lines of this very run that meet something; None looks at what earlier runs met
    """
    mirrors = [line for line in taken if line.kind == "adjustment" and line.gross_minor < 0]
    mirrored = _mirrored(line.line_id for line in mirrors)
    met: dict[str, tuple[str, Told]] = {}
    for fact, late, amounts in _met_late(now) if mirrored else ():
        met[fact] = (late, _sum(met[fact][1], amounts) if fact in met else amounts)
    found = []
    for line in mirrors:
        if known := met.pop(mirrored.get(domain.fact_of(line.line_id), ""), None):
            late, told = known
            found.append(_beside(line, late, Told(told.currency, *(-amount for amount in told[1:]))))
    return found


def _met_late(now: Sequence[Line] | None) -> Iterator[tuple[str, str, Told]]:
    """(row of the log, late line, what met it)"""
    if now is None:
        for row in MetCorrection.objects.filter(gross_minor__lt=0):
            yield domain.fact_of(row.line_id), row.sale_id, _amounts(row)
    for line in now or ():
        if line.gross_minor < 0:
            yield domain.fact_of(line.line_id), domain.sale_of(line.line_id), _amounts(line)


def _amounts(row: MetCorrection | Line) -> Told:
    return Told(row.currency, row.gross_minor, row.tax_minor, row.fee_minor)


def _reversals(taken: Sequence[Line]) -> list[tuple[Line, str]]:
    """(line, the sale it reverses): refunds and disputes of ours, mirrored lines of others' reports."""
    back = [line for line in taken if line.gross_minor < 0 and line.kind in ("refund", "dispute", "adjustment")]
    mirrored = _mirrored(line.line_id for line in back if line.kind == "adjustment")
    return [
        (line, mirrored.get(domain.fact_of(line.line_id), "") if line.kind == "adjustment" else sale)
        for line in back
        if (sale := domain.sale_of(line.line_id))
    ]


def _mirrored(line_ids: Iterable[str]) -> dict[str, str]:
    """Mirrored line of a report -> the line it mirrors."""
    rows = RevenueLine.objects.filter(revenue_id__in=[domain.fact_of(one) for one in line_ids], order_id__isnull=True)
    found = {}
    for revenue_id, position in rows.values_list("revenue_id", "position"):
        record = event_at(position)
        if record and isinstance(record.event, events.ExternalSaleRecorded) and record.event.reverses_id:
            found[revenue_id] = str(record.event.reverses_id)
    return found


def facts(run_id: UUID, files: Mapping[str, bytes]) -> list[events.CorrectionMet]:
    """What a run's release says of corrections that it met."""
    if domain.MARK.encode() not in files["revenue.csv"]:
        return []
    return [
        events.CorrectionMet(
            run_id=run_id,
            line_id=domain.arrived_of(row["line_id"]),
            sale_id=domain.sale_of(row["line_id"]),
            currency=row["currency"],
            gross_minor=int(row["gross_minor"]),
            tax_minor=int(row["tax_minor"]),
            fee_minor=int(row["fee_minor"]),
        )
        for row in _rows(files["revenue.csv"])
        if domain.is_met(row["line_id"])
    ]


def _rows(revenue: bytes) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(revenue.decode()))


# ------------------------------------------------------------------------------------------- into a correction
def check(run: SettlementRun, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    """Refuse a correction that tells what the log has, or takes back what a run has met.

    before, after : the run's folder as corrected so far, and with the new changes

    Raises
    ------
    WrongStateError
        In words for whoever calculates or posts it.
    """
    released = folder.file(run.inputs_hash, "revenue.csv")
    _check_late(released, before["revenue.csv"], after["revenue.csv"])
    was = domain.told_back(released, before["revenue.csv"])
    would = domain.told_back(released, after["revenue.csv"])
    more = [sale for sale, told in would.items() if told.gross_minor < (was[sale].gross_minor if sale in was else 0)]
    known = {domain.sale_of(row["line_id"]) for row in _rows(released)} if more else set()
    for sale in sorted(set(more) - known):
        raise WrongStateError(f"{sale} takes money back of no sale of the run: choose the sale that it was")
    for sale in sorted(_reversed_in_the_log(more)):
        raise WrongStateError(f"a refund or dispute of {sale} is in the log: a run takes it by itself")
    for sale, met_minor in sorted(_met_of(was).items()):
        if met_minor > -(would[sale].gross_minor if sale in would else 0):
            raise WrongStateError(
                f"the refund or dispute of {sale} has reached the log, and a run counted it against this correction: "
                "what was told of it stays"
            )


def _check_late(released: bytes, before: bytes, after: bytes) -> None:
    """What a run has met of late revenue stays told."""
    was, would = domain.told_late(released, before), domain.told_late(released, after)
    for late, met_minor in sorted(_met_of(was).items()):
        if -met_minor > (would[late].gross_minor if late in would else 0):
            raise WrongStateError(
                "the late revenue has come in, and a run counted it against this correction: what was told of it stays"
            )


def _reversed_in_the_log(sales: Iterable[str]) -> set[str]:
    sold = list(RevenueLine.objects.filter(revenue_id__in=list(sales)))
    ours = RevenueLine.objects.filter(line_id__in=[row.line_id for row in sold], kind__in=("refund", "dispute"))
    found = {str(line_id) for line_id in ours.values_list("line_id", flat=True)}
    for row in sold:
        if row.order_id is None:
            mirrors = RevenueLine.objects.filter(kind="adjustment", sale_position=row.position)
            if mirrors.exclude(position=row.position).exists():
                found.add(row.revenue_id)
    return found


def _met_of(sales: Iterable[str]) -> dict[str, int]:
    """Sale -> gross that runs met of it: released ones, and one that is calculated and not released yet."""
    found: defaultdict[str, int] = defaultdict(int)
    names = set(sales)
    for row in MetCorrection.objects.filter(sale_id__in=names):
        found[row.sale_id] += row.gross_minor
    for run in SettlementRun.objects.filter(state__in=UNDECIDED_STATES):
        for fact in facts(run.run_id, {"revenue.csv": folder.file(run.inputs_hash, "revenue.csv")}):
            if fact.sale_id in names:
                found[fact.sale_id] += fact.gross_minor
    return found


# ------------------------------------------------------------------------------------------------ to be shown
@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A reversal or late revenue that corrections of one run had told and that a later run took from the log."""

    sale_id: str
    line_id: str
    run_id: UUID
    currency: str
    gross_minor: int
    position: int


def met_of_run(run_id: UUID) -> list[Met]:
    """What of a run's posted corrections reached the log since, in order."""
    run = SettlementRun.objects.get(run_id=run_id)
    newest = Correction.objects.filter(run_id=run_id, state="posted").order_by("-changed_position").first()
    sales = _told_in(run, newest.inputs_hash) if newest else {}
    names = ("sale_id", "line_id", "run_id", "currency", "gross_minor", "position")
    return [Met(**row) for row in MetCorrection.objects.filter(sale_id__in=sales).order_by("position").values(*names)]
