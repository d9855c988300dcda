"""Who may do what, and what keeps money back: roles, terms, escrow, claims, holds, jobs."""

from __future__ import annotations

import datetime as dt

from ledger.domain import events as ev
from tests.ledger.stories.drawn import START, Drawn, hash_of


class Rights(Drawn):
    """Scenes of a story."""

    def roles(self):
        element, needs = self.elements[0], (self.parties[0], self.parties[1])
        changed = {
            "element_id": element,
            "added": (ev.Contribution(party_id=needs[0], role="singer"),),
            "removed": tuple(ev.Contribution(party_id=one, role="producer") for one in self.parties[:2]),
        }
        one, other = self.id(), self.id()
        yield (ev.RoleProposed(proposal_id=one, needs=needs, **changed),)
        yield (ev.RoleAccepted(proposal_id=one, element_id=element, party_id=needs[0]),)
        yield (
            ev.RoleAccepted(proposal_id=one, element_id=element, party_id=needs[1]),
            ev.RoleCorrected(proposal_id=one, **changed),
        )
        yield (ev.RoleProposed(proposal_id=other, needs=needs, **changed),)
        yield (ev.RoleRefused(proposal_id=other, element_id=element, party_id=needs[1]),)

    def rights(self):
        element, child, first, holder = self.elements[0], self.id(), self.parties[0], self.parties[1]
        terms, licence, proposal = self.id(), self.id(), self.id()
        named = {"element_id": element, "upstream_ppm_min": 50_000, "upstream_ppm": 100_000}
        for terms_id, most, days in ((self.id(), 100_000, None), (terms, 300_000, 365)):
            yield (
                ev.DerivationTermsPublished(
                    terms_id=terms_id,
                    upstream_ppm_max=most,
                    weight="measured",
                    allowed_uses=("derive", "own_music", "sell_derivative"),
                    expires_after_days=days,
                    **named,
                ),
            )
        yield (
            ev.LicenceGranted(
                licence_id=licence,
                element_id=element,
                content_hash=hash_of(element),
                holder_id=holder,
                licence_kind="remix",
                terms_hash=hash_of("remix"),
                order_id=None,
                line_id=None,
                allows=("derive", "sell_derivative"),
                derivation_terms_id=terms,
                expires_at=START + dt.timedelta(days=365),
            ),
        )
        parent = ev.Parent(element_id=element, upstream_ppm=200_000, licence_id=licence, terms_id=terms)
        yield (ev.ElementDerived(element_id=child, author_id=holder, parents=(parent,)),)
        shares = (ev.Share(party_id=first, role="producer", share_ppm=1_000_000),)
        yield (ev.SplitProposed(proposal_id=proposal, element_id=element, shares=shares),)
        yield (ev.SplitWithdrawn(proposal_id=proposal, element_id=element),)
        yield (ev.EscrowReminded(party_id=first, expires_at=START + dt.timedelta(days=1095)),)
        yield (
            ev.EscrowExpired(
                expiry_id=self.id(),
                party_id=first,
                amounts=(ev.Amount(currency="EUR", amount_micro=self.amount()),),
                statement_ids=(self.id(), self.id()),
            ),
        )

    def others(self):
        claim, hold, job, other_job, party = self.id(), self.id(), self.id(), self.id(), self.parties[2]
        yield (
            ev.ClaimOpened(
                claim_id=claim,
                element_id=self.elements[0],
                resembles_id=self.elements[1],
                disputed_ppm=400_000,
                reason="near match",
            ),
        )
        yield (ev.ClaimStated(claim_id=claim, party_id=party, statement_hash=hash_of("mine")),)
        upheld = self.random.random() < 0.5
        yield (
            ev.ClaimDecided(
                claim_id=claim, element_id=self.elements[0], upheld=upheld, reason_hash=hash_of("the same notes")
            ),
        )
        for held in ({"party_id": party, "element_id": None}, {"party_id": None, "element_id": self.elements[1]}):
            yield (ev.HoldPlaced(hold_id=hold, currency=None, reason_hash=hash_of("why"), **held),)
            yield (ev.HoldLifted(hold_id=hold, **held),)
            hold = self.id()
        for line_id, order in (("a line", None), (None, self.id())):
            deferral = self.id()
            yield (
                ev.LineDeferred(
                    deferral_id=deferral, line_id=line_id, order_id=order, until=START, reason_hash=hash_of("wait")
                ),
            )
            if order:
                yield (ev.LineResumed(deferral_id=deferral, order_id=order),)
        yield (
            ev.AdjustmentPosted(
                adjustment_id=self.id(),
                element_id=self.elements[0],
                currency="EUR",
                gross_minor=-250,
                reason_hash=hash_of("why"),
            ),
        )
        yield (
            ev.BalanceAdjusted(
                adjustment_id=self.id(),
                party_id=party,
                currency="EUR",
                amount_micro=self.amount(),
                basis="agreement",
                cause_id=self.id(),
                escrowed=False,
            ),
        )
        yield from self.corrections(party)
        yield (ev.ProjectShared(project_id=self.id(), party_ids=tuple(self.parties)),)
        yield (ev.TakeRecorded(take_id=self.id(), project_id=self.id(), content_hash=hash_of("take"), contributors=()),)
        for job_id in (job, other_job, self.id()):
            yield (ev.JobRequested(job_id=job_id, task="test.work", arguments={"n": 1, "of": ["a", None]}),)
        yield (ev.JobFinished(job_id=job, result={"element_id": str(self.elements[0])}),)
        yield (ev.JobCancelled(job_id=job),)
        yield (ev.JobFailed(job_id=other_job, code="broken"),)
        last = self.id()
        yield (ev.JobRequested(job_id=last, task="test.work", arguments={}), ev.JobCancelled(job_id=last))
