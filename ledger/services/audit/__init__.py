"""Verifying the whole log from its rows, and rebuilding projections from it."""

from ledger.services.audit.errors import AuditError
from ledger.services.audit.rebuild import rebuild
from ledger.services.audit.verify import Audit, verify

__all__ = ["Audit", "AuditError", "rebuild", "verify"]
