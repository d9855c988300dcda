"""Who is entitled to what, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from ledger import sql
from ledger.domain.events import (
    DerivationTermsPublished,
    ElementDerived,
    SplitAccepted,
    SplitProposed,
    SplitRefused,
    SplitTookEffect,
    SplitWithdrawn,
)
from ledger.domain.records import EventRecord
from ledger.models import Derivation, DerivationTerms, SplitAnswer, SplitProposal, SplitShare
from ledger.projections.base import Projection, folds

SUPERSEDE_SQL = """
    update ledger_split_proposal as t set state = 'superseded', ended_position = v.position
      from json_populate_recordset(null::ledger_split_proposal, %s) as v
     where t.element_id = v.element_id and t.state = 'open'
"""


class Rights(Projection):
    """Derivations, split proposals with their answers, and the splits in force from each position on."""

    name = "rights"
    tables = (Derivation, DerivationTerms, SplitProposal, SplitAnswer, SplitShare)
    subject = "element_id"

    @folds(ElementDerived)
    def derived(self, records: Sequence[EventRecord[ElementDerived]]) -> None:
        """Edges from a child to its parents."""
        sql.insert(
            Derivation,
            (
                {
                    "child_id": r.event.element_id,
                    "parent_id": parent.element_id,
                    "upstream_ppm": parent.upstream_ppm,
                    "author_id": r.event.author_id,
                    "licence_id": parent.licence_id,
                    "terms_id": parent.terms_id,
                    "position": r.position,
                }
                for r in records
                for parent in r.event.parents
            ),
        )

    @folds(DerivationTermsPublished)
    def terms_published(self, records: Sequence[EventRecord[DerivationTermsPublished]]) -> None:
        """The next version of an element's terms."""
        for r in records:
            DerivationTerms.objects.create(
                terms_id=r.event.terms_id,
                element_id=r.event.element_id,
                version=1 + DerivationTerms.objects.filter(element_id=r.event.element_id).count(),
                upstream_ppm_min=r.event.upstream_ppm_min,
                upstream_ppm_max=r.event.upstream_ppm_max,
                upstream_ppm=r.event.upstream_ppm,
                weight=r.event.weight,
                allowed_uses=list(r.event.allowed_uses),
                expires_after_days=r.event.expires_after_days,
                published_by=r.actor_id,
                at=r.at,
                position=r.position,
            )

    @folds(SplitProposed)
    def proposed(self, records: Sequence[EventRecord[SplitProposed]]) -> None:
        """A proposal; one that was open for the same element is superseded."""
        rows: dict[UUID, list[dict[str, Any]]] = {}
        for r in records:
            row = {
                "proposal_id": r.event.proposal_id,
                "element_id": r.event.element_id,
                "proposer_id": r.actor_id,
                "shares": r.event.body()["shares"],
                "state": "open",
                "position": r.position,
            }
            of_element = rows.setdefault(r.event.element_id, [])
            if of_element:
                of_element[-1] |= {"state": "superseded", "ended_position": r.position}
            of_element.append(row)
        first = [of_element[0] for of_element in rows.values()]
        sql.execute(SUPERSEDE_SQL, [sql.rows_json(first)])
        sql.insert(SplitProposal, (row for of_element in rows.values() for row in of_element))

    @folds(SplitAccepted)
    def accepted(self, records: Sequence[EventRecord[SplitAccepted]]) -> None:
        """A yes."""
        _answer(records, accepted=True)

    @folds(SplitRefused)
    def refused(self, records: Sequence[EventRecord[SplitRefused]]) -> None:
        """A no ends the proposal."""
        _answer(records, accepted=False)
        _end(records, state="refused")

    @folds(SplitWithdrawn)
    def withdrawn(self, records: Sequence[EventRecord[SplitWithdrawn]]) -> None:
        """Taken back before everybody had answered."""
        _end(records, state="withdrawn")

    @folds(SplitTookEffect)
    def took_effect(self, records: Sequence[EventRecord[SplitTookEffect]]) -> None:
        """From this position on, sales are divided so."""
        _end(records, state="effective")
        sql.insert(
            SplitShare,
            (
                {
                    "element_id": r.event.element_id,
                    "from_position": r.position,
                    "place": place,
                    "party_id": share.party_id,
                    "role": share.role,
                    "share_ppm": share.share_ppm,
                }
                for r in records
                for place, share in enumerate(r.event.shares)
            ),
        )


def _answer(records: Sequence[EventRecord[Any]], *, accepted: bool) -> None:
    sql.insert(
        SplitAnswer,
        (
            {
                "proposal_id": r.event.proposal_id,
                "party_id": r.event.party_id,
                "accepted": accepted,
                "position": r.position,
            }
            for r in records
        ),
    )


def _end(records: Sequence[EventRecord[Any]], *, state: str) -> None:
    sql.update(
        SplitProposal,
        ({"proposal_id": r.event.proposal_id, "state": state, "ended_position": r.position} for r in records),
        by="proposal_id",
    )
