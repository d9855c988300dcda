"""Who is entitled to what, and since when."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import sql
from ledger.domain.events import ElementDerived, SplitAccepted, SplitProposed, SplitRefused, SplitTookEffect
from ledger.domain.records import EventRecord
from ledger.models import Derivation, SplitAnswer, SplitProposal, SplitShare
from ledger.projections.base import Projection, folds


class Rights(Projection):
    """Derivations, split proposals with their answers, and the splits in force from each position on."""

    name = "rights"
    tables = (Derivation, SplitProposal, SplitAnswer, SplitShare)

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
                    "position": r.position,
                }
                for r in records
                for parent in r.event.parents
            ),
        )

    @folds(SplitProposed)
    def proposed(self, records: Sequence[EventRecord[SplitProposed]]) -> None:
        """A proposal; one that was open for the same element is superseded."""
        for r in records:
            SplitProposal.objects.filter(element_id=r.event.element_id, state="open").update(
                state="superseded", ended_position=r.position
            )
            SplitProposal.objects.create(
                proposal_id=r.event.proposal_id,
                element_id=r.event.element_id,
                proposer_id=r.actor_id,
                shares=r.event.body()["shares"],
                state="open",
                position=r.position,
            )

    @folds(SplitAccepted)
    def accepted(self, records: Sequence[EventRecord[SplitAccepted]]) -> None:
        """A yes."""
        SplitAnswer.objects.bulk_create(
            SplitAnswer(proposal_id=r.event.proposal_id, party_id=r.event.party_id, accepted=True, position=r.position)
            for r in records
        )

    @folds(SplitRefused)
    def refused(self, records: Sequence[EventRecord[SplitRefused]]) -> None:
        """A no ends the proposal."""
        for r in records:
            SplitAnswer.objects.create(
                proposal_id=r.event.proposal_id, party_id=r.event.party_id, accepted=False, position=r.position
            )
            SplitProposal.objects.filter(proposal_id=r.event.proposal_id).update(
                state="refused", ended_position=r.position
            )

    @folds(SplitTookEffect)
    def took_effect(self, records: Sequence[EventRecord[SplitTookEffect]]) -> None:
        """From this position on, sales are divided so."""
        for r in records:
            SplitProposal.objects.filter(proposal_id=r.event.proposal_id).update(
                state="effective", ended_position=r.position
            )
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
                    for place, share in enumerate(r.event.shares)
                ),
            )
