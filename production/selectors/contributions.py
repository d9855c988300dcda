"""The figures of every bar behind a measured contribution."""

from __future__ import annotations

import json
from typing import Any

from ledger import selectors as ledger


def contribution_detail(detail_hash: str) -> dict[str, Any] | None:
    """What the page draws: `owners` (versions, then parents), `spans` of counts by owner, and for notes `notes`.

    None if it was never kept.
    """
    kept = ledger.document(detail_hash)
    if kept is None:
        return None
    values: dict[str, Any] = json.loads(kept)
    return values
