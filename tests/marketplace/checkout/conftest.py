from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.processor import linked
from tests.helpers.sandbox import Running, running

__all__ = ["linked", "sandbox"]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Running]:
    """A fresh sandbox on a real socket."""
    with running(tmp_path / "sandbox") as served:
        yield served
