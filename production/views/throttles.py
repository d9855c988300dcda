"""How often one account may knock."""

from __future__ import annotations

from rest_framework.throttling import UserRateThrottle


class BeginThrottle(UserRateThrottle):
    """New uploads, completions, generations: each costs a worker."""

    scope = "production.begin"
    rate = "300/hour"


class ChunkThrottle(UserRateThrottle):
    """Chunks of 4 MiB: more than any line brings, less than a flood."""

    scope = "production.chunk"
    rate = "1200/min"


class AuditionThrottle(UserRateThrottle):
    """Sections auditioned on the workbench: short work, asked for again with every turn of a knob."""

    scope = "production.audition"
    rate = "60/min"


class ReadThrottle(UserRateThrottle):
    """Questions about jobs and uploads."""

    scope = "production.read"
    rate = "1200/min"
