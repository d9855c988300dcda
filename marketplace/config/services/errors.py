"""What can go wrong with the embedded services."""

from __future__ import annotations


class ServicesError(Exception):
    """The services cannot run here; the message says why and what to do, in plain words."""
