"""Who is entitled to what, and since when."""

from __future__ import annotations

from collections.abc import Sequence

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


class Rights(Projection):
    """Derivations, split proposals with their answers, and the splits in force from each position on."""

    name = "rights"
    tables = (Derivation, DerivationTerms, SplitProposal, SplitAnswer, SplitShare)

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

    @folds(SplitWithdrawn)
    def withdrawn(self, records: Sequence[EventRecord[SplitWithdrawn]]) -> None:
        """Taken back before everybody had answered."""
        for r in records:
            SplitProposal.objects.filter(proposal_id=r.event.proposal_id).update(
                state="withdrawn", ended_position=r.position
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
