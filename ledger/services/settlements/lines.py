"""One revenue line on its way into a run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Money that came in for (or left) one element; `sale_position` decides which rights divide it."""

    line_id: str
    element_id: UUID
    kind: str
    currency: str
    gross_minor: int
    tax_minor: int
    fee_minor: int
    at: dt.datetime
    sale_position: int
