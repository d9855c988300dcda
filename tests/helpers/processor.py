"""Fixtures that point the site's gateways at a sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.gateways import processor
from tests.helpers.sandbox import Running, running


@pytest.fixture
def linked(tmp_path: Path, settings: Any) -> Iterator[Running]:
    """A sandbox that the gateways call; the client's own retries are off, so that a test sees each try."""
    with running(tmp_path / "sandbox") as served:
        settings.STRIPE_SECRET_KEY = ""
        settings.STRIPE_SANDBOX_KEY_FILE = served.state / "keys.json"
        settings.SANDBOX_URL = served.base_url
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(processor, "RETRIES_MAX", 0)
            processor._client.cache_clear()
            yield served
        processor._client.cache_clear()
