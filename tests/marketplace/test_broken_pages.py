"""A page that breaks says so to its reader, and why to whoever runs the site."""

import io
import logging
from collections.abc import Iterator

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def written_down() -> Iterator[io.StringIO]:
    """What is written about broken pages meanwhile."""
    lines = io.StringIO()
    (handler,) = logging.getLogger("django.request").handlers
    before = handler.setStream(lines)
    yield lines
    handler.setStream(before)


def test_what_broke_is_written_down_with_its_traceback(written_down: io.StringIO, monkeypatch: pytest.MonkeyPatch):
    def breaks(*_: object) -> None:
        raise RuntimeError("the shelf fell down")

    monkeypatch.setattr("marketplace.catalogue.selectors.newest_by_kind", breaks)

    answer = Client(raise_request_exception=False).get("/")

    assert answer.status_code == 500
    assert b"It was written down" in answer.content
    assert "the shelf fell down" in written_down.getvalue()
    assert "Traceback" in written_down.getvalue()
