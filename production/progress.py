"""Hints about a job on its way, for whoever watches: they may be lost. The truth is in the ledger's job."""

from __future__ import annotations

from typing import Any, TypedDict
from uuid import UUID

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.cache import cache

log = structlog.get_logger()

_KEEP_SECONDS = 3600
_REFUSAL_KEEP_SECONDS = 7 * 24 * 3600


class Hint(TypedDict):
    """How far (0..1) and in which step."""

    fraction: float
    words: str


def group_of(job_id: UUID | str) -> str:
    """The channel layer's group for one job."""
    return f"job.{job_id}"


def tell(job_id: UUID | str, fraction: float, words: str) -> None:
    """Say how far a job is. A hint that cannot be sent never harms the job."""
    hint: Hint = {"fraction": round(min(max(fraction, 0.0), 1.0), 3), "words": words}
    try:
        cache.set(group_of(job_id), hint, _KEEP_SECONDS)
        _send(job_id, {"type": "job.hint", **hint})
    except Exception as error:  # the broker may be away: the page reads the truth when it reconnects
        log.info("progress.lost", job_id=str(job_id), error=type(error).__name__)


def tell_end(job_id: UUID | str) -> None:
    """Say that a job has an end: whoever watches reads the truth."""
    try:
        _send(job_id, {"type": "job.end"})
    except Exception as error:
        log.info("progress.lost", job_id=str(job_id), error=type(error).__name__)


def keep_refusal(job_id: UUID | str, words: str) -> None:
    """Remember for a week why a job was refused, in words that name the place: the ledger keeps only the code."""
    try:
        cache.set(f"refusal.{job_id}", words, _REFUSAL_KEEP_SECONDS)
    except Exception as error:
        log.info("progress.lost", job_id=str(job_id), error=type(error).__name__)


def last_refusal(job_id: UUID | str) -> str:
    """Why a job was refused, if that is still known; empty if not."""
    try:
        return str(cache.get(f"refusal.{job_id}") or "")
    except Exception:
        return ""


def last_hint(job_id: UUID | str) -> Hint | None:
    """The last thing said, if it is still known."""
    try:
        hint: Hint | None = cache.get(group_of(job_id))
    except Exception:
        return None
    return hint


def _send(job_id: UUID | str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async_to_sync(layer.group_send)(group_of(job_id), message)
