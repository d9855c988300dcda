"""Letters about packs: to every owner whose answer is missing."""

from __future__ import annotations

from ledger import selectors as ledger
from marketplace.accounts import mail
from marketplace.packs.models import PackProposal


def ask(proposal: PackProposal) -> None:
    """Put the letters into the outbox, in the caller's transaction."""
    proposer = ledger.names_of([proposal.proposer_id])[proposal.proposer_id]
    for party in ledger.parties(one for one in proposal.owner_ids if one not in proposal.agreed_ids):
        if party.email:
            mail.queue(
                recipient=party.email,
                subject="Your answer is needed for a pack",
                template="pack_proposed",
                context={"name": party.display_name, "proposer": proposer, "proposal": proposal},
            )
