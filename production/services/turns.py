"""Whose turn it is: one party has one worker at a time, however much it asks for, so that the others' turn comes."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from uuid import UUID

from ledger import selectors as ledger
from ledger.services.exclusive import exclusively
from production.errors import TooManyAtOnceError
from production.services.working import OPEN


@contextlib.contextmanager
def turn(kind: str, party_id: UUID) -> Iterator[bool]:
    """True within the block if the party has no other work of this kind under way; else False, without waiting."""
    with exclusively(key_of(kind, party_id)) as mine:
        yield mine


def key_of(kind: str, party_id: UUID) -> UUID:
    """What stands for a party's turn at work of one kind."""
    return UUID(bytes=hashlib.sha256(f"{kind}.{party_id}".encode()).digest()[:16])


def check_open(task: str, party_id: UUID, *, most: int) -> None:
    """Refuse whoever has `most` jobs of a task waiting.

    Raises
    ------
    TooManyAtOnceError
        If they have.
    """
    mine = [job for job in ledger.jobs_of(party_id, limit=200) if job.task == task and job.state == OPEN]
    if len(mine) >= most:
        raise TooManyAtOnceError
