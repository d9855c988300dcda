"""Permissions held."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import sql
from ledger.domain.events import LicenceGranted, LicenceRevoked
from ledger.domain.records import EventRecord
from ledger.models import Licence
from ledger.projections.base import Projection, folds


class Licences(Projection):
    """Licences, standing and revoked."""

    name = "licences"
    tables = (Licence,)
    subject = "licence_id"
    lookups = ("licence_id",)

    @folds(LicenceGranted)
    def granted(self, records: Sequence[EventRecord[LicenceGranted]]) -> None:
        """A permission."""
        sql.insert(
            Licence,
            (
                {
                    "licence_id": r.event.licence_id,
                    "element_id": r.event.element_id,
                    "content_hash": r.event.content_hash,
                    "holder_id": r.event.holder_id,
                    "licence_kind": r.event.licence_kind,
                    "terms_hash": r.event.terms_hash,
                    "order_id": r.event.order_id,
                    "line_id": r.event.line_id,
                    "standing": True,
                    "revoked_reason": "",
                    "allows": list(r.event.allows),
                    "derivation_terms_id": r.event.derivation_terms_id,
                    "expires_at": r.event.expires_at,
                    "granted_at": r.at,
                    "position": r.position,
                }
                for r in records
            ),
        )

    @folds(LicenceRevoked)
    def revoked(self, records: Sequence[EventRecord[LicenceRevoked]]) -> None:
        """It ended."""
        sql.update(
            Licence,
            (
                {
                    "licence_id": r.event.licence_id,
                    "standing": False,
                    "revoked_reason": r.event.reason,
                    "revoked_position": r.position,
                }
                for r in records
            ),
            by="licence_id",
        )
