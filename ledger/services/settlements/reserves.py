"""Reserves: each one that a statement held comes free in parts, one with every later statement of its payee."""

from __future__ import annotations

from django.db.models import F

from ledger.models import ReserveLot


def due() -> dict[tuple[str, str], int]:
    """(party_id, currency) -> what the next run releases, micro."""
    found: dict[tuple[str, str], int] = {}
    for lot in ReserveLot.objects.filter(released__lt=F("parts")).order_by("position"):
        key = str(lot.party_id), lot.currency
        found[key] = found.get(key, 0) + lot.releases_micro[lot.released]
    return found
