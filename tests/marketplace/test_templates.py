"""Every template keeps the content policy: nothing inline, nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PAGES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
FORBIDDEN = {
    "an inline style": re.compile(r"<[a-z-]+[^>]*\sstyle=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\b(src|type=\"application/(ld\+)?json\"))[^>]*>", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z-]+[^>]*\son[a-z]+=", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "a thing of another host": re.compile(r"<(script|img|link|audio|source|iframe)[^>]*(src|href)=\"https?://"),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_template_has_nothing_that_the_content_policy_forbids(page):
    text = (TEMPLATES / page).read_text()

    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_template_can_be_read_by_django(page):
    assert get_template(page)
