"""Arabic and Devanagari names on a statement's PDF: shaped where the shaper is installed, else told where to read."""

from __future__ import annotations

import datetime as dt
import io
from uuid import UUID

import pytest
from pypdf import PdfReader

from marketplace.dashboards.statements import fonts, pdf_file
from marketplace.dashboards.statements.brand import PLATFORM
from marketplace.dashboards.statements.view import StatementView


def blank(payee: str) -> StatementView:
    """A statement that says nothing but its payee's name."""
    one = UUID(int=1)
    return StatementView(
        statement_id=one, run_id=one, party_id=one, payee=payee, currency="EUR", period="August 2026",
        period_name="2026-08", issued_at=dt.datetime(2026, 9, 2, tzinfo=dt.UTC), position=1, escrowed=False,
        figures=(), why_not="", royalty_micro=0, rows=(), titles={}, sources=(), brand=PLATFORM,
    )  # fmt: skip


def text_of(data: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def test_without_a_shaper_the_paper_says_where_such_a_name_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "is_printable", lambda script: False)

    text = text_of(pdf_file.render(blank("Trio फ़रीदा")))

    assert "Trio [Devanagari letters: read them on the page or in the CSV]" in " ".join(text.split())
    assert fonts.readable("Goran Ilić") == "Goran Ilić"


@pytest.mark.parametrize(("name", "script"), [("فيروز", "arabic"), ("क्षत्रिय", "devanagari")])
def test_with_a_shaper_letters_join_and_the_same_view_gives_the_same_bytes(name: str, script: str) -> None:
    pytest.importorskip("uharfbuzz")
    if not fonts.is_printable(script):
        pytest.skip(f"the type for {script} is not installed")

    data = pdf_file.render(blank(name))

    fresh = PdfReader(io.BytesIO(data)).pages[0]["/Resources"]["/Font"]
    used = {str(fresh[key]["/BaseFont"]).lower() for key in fresh}
    assert any(script in one for one in used)
    assert data == pdf_file.render(blank(name))
    assert "letters: read" not in text_of(data)
