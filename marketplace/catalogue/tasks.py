"""The shop follows the ledger: splits that took effect put waiting offers on sale, whoever made them take effect."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction

from ledger import feed
from ledger.domain import events
from marketplace.catalogue import services
from marketplace.catalogue.models import Entry

SUBSCRIBER = "catalogue"
BATCH = 500


@shared_task(name="marketplace.follow_ledger")  # type: ignore[untyped-decorator]
def follow_ledger() -> int:
    """Read on from the cursor; returns how many events were read."""
    services.show_new_previews()
    records = feed.read(subscriber=SUBSCRIBER, limit=BATCH)
    if not records:
        return 0
    with transaction.atomic():
        for record in records:
            match record.event:
                case events.SplitTookEffect(element_id=element_id):
                    services.go_on_sale_if_ready(element_id=element_id, actor_id=record.actor_id)
                case events.ElementEdited(element_id=element_id) if Entry.objects.filter(pk=element_id).exists():
                    services.refresh_entry(element_id=element_id)
        feed.commit(SUBSCRIBER, records[-1].position)
    return len(records)
