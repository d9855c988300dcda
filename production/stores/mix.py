"""The mix store: settings of plugins, as JSON of a published schema (row M4)."""

from __future__ import annotations

from django.db.models import QuerySet

from production.models import Version
from production.stores._store import Store

STORE = Store(name="mix", kinds=("mix_setting",), media=("mix_setting",))


def with_plugin(plugin: str) -> QuerySet[Version]:
    """Current settings that use this plugin."""
    return STORE.current().filter(description__plugins__contains=[plugin])
