"""Letters about a split: to everyone whose answer is missing, and invitations to those who have no account yet."""

from __future__ import annotations

from uuid import UUID

from ledger import selectors as ledger
from marketplace.accounts import mail
from production import selectors as production


def send(proposal_id: UUID) -> None:
    """Put the letters of a new proposal into the outbox, in the caller's transaction."""
    proposal = ledger.split_proposal(proposal_id)
    if proposal is None:
        return
    title = production.element(proposal.element_id).title
    for party in ledger.parties(UUID(share["party_id"]) for share in proposal.shares):
        if party.email and not party.claimed:
            mail.send_invitation(party.email)
        elif party.email and party.party_id in proposal.waiting_for:
            mail.queue(
                recipient=party.email,
                subject="Your answer is needed for a split",
                template="split_proposed",
                context={"title": title, "name": party.display_name, "element_id": proposal.element_id},
            )
