"""What staff see of a correction: what can be changed, what it would mean for whom, and how both versions compare."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain import corrections as domain
from ledger.domain.corrections import Change
from ledger.domain.settlement.faults import BadInputError
from ledger.services import documents
from ledger.services.settlements import corrected, folder
from marketplace.dashboards.correction_words import names_of, titles_of

MICRO = 1_000_000
CHART_PAYEES = 16
VERSIONS = ("before", "after")
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


# ------------------------------------------------------------------------------------------------------ drafts
def keep(changes: Sequence[Change]) -> str:
    """A draft is a list of changes under its hash: the address of the page holds it, nothing else does."""
    return documents.keep(domain.encode_changes(changes), media_type="application/json") if changes else ""


def draft(changes_hash: str) -> tuple[Change, ...]:
    """The changes of a draft; none for an empty or unknown hash."""
    document = ledger.document(changes_hash) if changes_hash else None
    return domain.decode_changes(document) if document else ()


# ------------------------------------------------------------------------------------------------ differences
@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeRow:
    """One payee and currency of a correction: was, would be, and what is owed for it."""

    name: str
    party_id: str
    currency: str
    royalty_before_micro: int
    royalty_after_micro: int
    repaid_before_micro: int
    repaid_after_micro: int
    owed_micro: int

    @property
    def chart_minor(self) -> int:
        """For the picture: whole minor units, cut."""
        return abs(self.owed_micro) // MICRO * (1 if self.owed_micro >= 0 else -1)


def comparison(found: corrected.Preview) -> dict[str, Any]:
    """What a page shows of a computed correction."""
    people = names_of(
        {
            *(party for party, _currency in found.owed),
            *(one.party_id for one in found.differences.payees),
            *(one.party_id for one in found.differences.allocations),
            *(one.party_id for one in found.advances),
            *(one.label_id for one in found.advances),
        }
    )
    rows = _payee_rows(found, people)
    moved = [row for row in rows if row.owed_micro]
    by_currency = groupby(moved, key=lambda row: row.currency)
    charts = {currency: sorted(group, key=lambda row: -abs(row.owed_micro)) for currency, group in by_currency}
    titles = titles_of(one.element_id for one in found.differences.allocations)
    return {
        "rows": rows,
        "charts": [(currency, group[:CHART_PAYEES], len(group)) for currency, group in charts.items()],
        "totals": sorted(found.totals.items()),
        "allocations": [
            {"one": one, "title": titles[one.element_id], "name": people[one.party_id]}
            for one in found.differences.allocations
        ],
        "advances": [
            {"one": one, "name": people[one.party_id], "label": people[one.label_id]} for one in found.advances
        ],
    }


def _payee_rows(found: corrected.Preview, people: Mapping[str, str]) -> list[PayeeRow]:
    payees = {(one.party_id, one.currency): one for one in found.differences.payees}
    rows = []
    for pair in {*payees, *found.owed}:
        one = payees.get(pair)
        rows.append(
            PayeeRow(
                name=people[pair[0]],
                party_id=pair[0],
                currency=pair[1],
                royalty_before_micro=one.royalty_before_micro if one else 0,
                royalty_after_micro=one.royalty_after_micro if one else 0,
                repaid_before_micro=one.received_before_micro - one.recouped_before_micro if one else 0,
                repaid_after_micro=one.received_after_micro - one.recouped_after_micro if one else 0,
                owed_micro=found.owed.get(pair, 0),
            )
        )
    return sorted(rows, key=lambda row: (row.currency, row.name.casefold(), row.party_id))


def preview_or_faults(run_id: UUID, changes: Sequence[Change]) -> tuple[corrected.Preview | None, list[str]]:
    """The computed correction, or every fault of the changed folder in words."""
    try:
        return corrected.preview(run_id=run_id, changes=changes), []
    except BadInputError as error:
        return None, error.lines


# ------------------------------------------------------------------------------------------- what stays viewable
def of_run(run: ledger.SettlementRun) -> list[dict[str, Any]]:
    """A run's corrections, newest first, for a list."""
    found = ledger.corrections_of_run(run.run_id)
    names = ledger.names_of({*(one.prepared_by for one in found), *(one.posted_by for one in found if one.posted_by)})
    return [
        {
            "correction": one,
            "prepared_by": names[one.prepared_by],
            "posted_by": names[one.posted_by] if one.posted_by else "",
            "reason": reason(one),
            "payees": len(ledger.adjustments_by(one.correction_id)),
        }
        for one in found
    ]


def reason(correction: ledger.Correction) -> str:
    """The words that staff gave."""
    return (ledger.document(correction.reason_hash) or b"").decode()


def steps(correction: ledger.Correction) -> list[dict[str, str]]:
    """The step rail: who calculated, who posted."""
    names = ledger.names_of(one for one in (correction.prepared_by, correction.posted_by) if one)
    posted = correction.state == "posted"
    first = "bad" if correction.state == "discarded" else "done"
    return [
        {"label": _("Calculated"), "note": names.get(correction.prepared_by, ""), "state": first},
        {
            "label": _("Posted"),
            "note": names.get(correction.posted_by, "") if correction.posted_by else _("by a second person"),
            "state": "done" if posted else "todo" if first == "bad" else "current",
        },
        {"label": _("On the next statements"), "note": "", "state": "current" if posted else "todo"},
    ]


def archive(correction: ledger.Correction, version: str) -> bytes:
    """One version as a folder anyone can settle: its inputs, and its results in a folder of their own."""
    before = version == "before"
    inputs = folder.load(correction.base_inputs_hash if before else correction.inputs_hash)
    outputs = folder.load(correction.base_outputs_hash if before else correction.outputs_hash)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted({**inputs, **{f"out/{name}": one for name, one in outputs.items()}}.items()):
            archive.writestr(zipfile.ZipInfo(f"{version}/{name}", ZIP_TIME), content)
    return data.getvalue()
