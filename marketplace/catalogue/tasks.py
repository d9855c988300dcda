"""The shop follows the ledger: splits that took effect put waiting offers on sale, whoever made them take effect."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction
from django.utils.translation import gettext as _

from ledger import feed
from ledger.domain import events
from marketplace.catalogue import claim_letters, contributions, services
from marketplace.catalogue.models import Entry

SUBSCRIBER = "catalogue"
BATCH = 500


@shared_task(name="marketplace.follow_ledger")  # type: ignore[untyped-decorator]
def follow_ledger() -> int:
    """Read on from the cursor; returns how many events were read."""
    services.show_new_previews()
    services.sell_what_was_heard()
    records = feed.read(subscriber=SUBSCRIBER, limit=BATCH)
    if not records:
        return 0
    with transaction.atomic():
        for record in records:
            match record.event:
                case events.SplitTookEffect(element_id=element_id):
                    services.go_on_sale_if_ready(element_id=element_id, actor_id=record.actor_id)
                case events.ContributionSettled(element_id=element_id):
                    services.go_on_sale_if_ready(element_id=element_id, actor_id=record.actor_id)
                case events.ContributionMeasured(element_id=element_id):
                    contributions.tell_named(
                        element_id,
                        but=record.actor_id,
                        subject=_("Your part in a piece of music was measured"),
                        template="contribution_measured",
                    )
                case events.ElementEdited(element_id=element_id) if Entry.objects.filter(pk=element_id).exists():
                    services.refresh_entry(element_id=element_id)
                case events.ClaimOpened() | events.ClaimStated() | events.ClaimDecided():
                    claim_letters.send(record.event)
        feed.commit(SUBSCRIBER, records[-1].position)
    return len(records)
