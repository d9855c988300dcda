"""Letters of a claim: both sides learn that it was opened, what the other side said, and how it was decided."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from ledger import selectors as ledger
from ledger.domain.events import ClaimDecided, ClaimOpened, ClaimStated
from ledger.services import claims
from marketplace.accounts import mail
from production import selectors as production


def send(event: ClaimOpened | ClaimStated | ClaimDecided) -> None:
    """Tell whom it concerns; a claim that moved on since is told of by the later event."""
    claim = ledger.claim(event.claim_id)
    if claim is None or (claim.state != "open") != isinstance(event, ClaimDecided):
        return
    sides = claims.sides(claim)
    if isinstance(event, ClaimStated):
        sides = {party: element for party, element in sides.items() if party != event.party_id}
    template, subject = {
        ClaimOpened: ("claim_opened", "Two works look alike: what do you say?"),
        ClaimStated: ("claim_stated", "The other side of a claim has answered"),
        ClaimDecided: ("claim_decided", "A claim was decided"),
    }[type(event)]
    for party in ledger.parties(sides):
        if party.email:
            context = {"name": party.display_name, **_words(claim, sides[party.party_id])}
            mail.queue(recipient=party.email, subject=subject, template=template, context=context)


def _words(claim: ledger.Claim, own_id: UUID) -> dict[str, object]:
    other_id = claim.resembles_id if own_id == claim.element_id else claim.element_id
    reason = ledger.document(claim.reason_hash) if claim.reason_hash else None
    return {
        "own": production.element(own_id).title,
        "other": production.element(other_id).title,
        "is_newer": own_id == claim.element_id,
        "share": f"{claim.disputed_ppm / 10_000:g}",
        "upheld": claim.state == "upheld",
        "reason": (reason or b"").decode(),
        "due": f"{claims.answer_due_at(claim):%d %B %Y}",
        "link": f"{settings.SITE_URL}/claims/{claim.claim_id}/",
    }
