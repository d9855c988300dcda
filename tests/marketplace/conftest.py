from __future__ import annotations

from tests.helpers.processor import linked
from tests.helpers.shop import shop

__all__ = ["linked", "shop"]
