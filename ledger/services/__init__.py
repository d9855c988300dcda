"""Verbs of the ledger. The two doors of the log are here; the rest by module: rights, parties, jobs, outbox, ..."""

from ledger.services.append import append, recorded
from ledger.services.log import Record
from ledger.services.sequencer import Command, submit

__all__ = ["Command", "Record", "append", "recorded", "submit"]
