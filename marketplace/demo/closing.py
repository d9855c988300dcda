"""Month's end: one closed run, a correction of it, and one that waits."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from uuid import UUID

from ledger import selectors as ledger
from ledger.domain.corrections import ShareRow, SplitCorrected, true_id
from ledger.domain.ids import uuid7
from ledger.gateways import payouts as gateway
from ledger.services.settlements import corrections, findings, folder, payouts, periods, reviews, runs

PPM = 1_000_000
SINGER_PPM = 250_000


def calculate(period_name: str, *, actor_id: UUID) -> UUID:
    """Staff compute the run of a month."""
    return runs.calculate(period=periods.parse(period_name), actor_id=actor_id)


def review(run_id: UUID, *, actor_id: UUID) -> None:
    """Staff went through everything that is unusual about a run."""
    reviews.review(run_id=run_id, acknowledged=findings.KINDS, actor_id=actor_id)


def correct(run_id: UUID, *, singer_id: UUID, prepared_by: UUID, posted_by: UUID) -> None:
    """A singer was left out of the split of what sold best: one of the staff works out the difference, one posts it."""
    run = ledger.run(run_id)
    assert run is not None, run_id
    files = folder.load(run.inputs_hash)
    element_id, owner_id = _best_of_one_maker(files, besides=str(singer_id))
    correction_id = corrections.calculate(
        run_id=run_id,
        changes=[
            SplitCorrected(
                element_id=element_id,
                shares=(
                    ShareRow(owner_id, "producer", PPM - SINGER_PPM),
                    ShareRow(str(singer_id), "singer", SINGER_PPM),
                ),
            )
        ],
        reason="The singer was left out of this element’s split. Both agreed on a quarter, from the first sale on.",
        actor_id=prepared_by,
        key=f"correction:{run_id}",
    )
    corrections.post(correction_id=correction_id, actor_id=posted_by)


def _best_of_one_maker(files: Mapping[str, bytes], *, besides: str) -> tuple[str, str]:
    """(element_id, owner) of what brought most among the elements that have one owner, somebody else."""
    rows = {name: list(csv.DictReader(io.StringIO(files[name].decode()))) for name in ("splits.csv", "revenue.csv")}
    owners: dict[str, set[str]] = {}
    brought: dict[str, int] = {}
    for row in rows["splits.csv"]:
        owners.setdefault(true_id(row["element_id"]), set()).add(row["party_id"])
    for row in rows["revenue.csv"]:
        element = true_id(row["element_id"])
        brought[element] = brought.get(element, 0) + int(row["gross_minor"])
    alone = [element for element in brought if len(owners[element]) == 1 and besides not in owners[element]]
    best = max(alone, key=lambda element: (brought[element], element))
    return best, next(iter(owners[best]))


def pay(run_id: UUID) -> None:
    """Every transfer of a released run goes out, and the last closes it; what is short at the till is topped up."""
    owed = ledger.payouts_of_run(run_id)
    funds = {one.currency: one.available_minor for one in gateway.balance()}
    for currency in sorted({one.currency for one in owed}):
        needed = sum(one.payout_minor for one in owed if one.currency == currency)
        if needed > funds.get(currency, 0):
            gateway.top_up(
                topup_id=uuid7(),
                amount_minor=needed - funds.get(currency, 0),
                currency=currency,
                reason="payouts before the charges are available",
            )
    for payout in owed:
        payouts.pay(payout.payout_id)
