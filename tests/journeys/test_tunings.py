"""Anybody at the page of notes and chords: other tunings are shown, opened from a file, and played."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.production.test_scales import SCALE

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def test_a_scale_is_divided_opened_and_played(person, tmp_path: Path):
    page = person().page
    page.goto("/tuner/")

    page.get_by_label("Equal steps to the octave").fill("19")
    page.get_by_label("Equal steps to the octave").press("Enter")
    expect(page.get_by_role("heading", name="19 equal steps")).to_be_visible()
    page.get_by_role("button", name="Play what is nearest to 4:5:6", exact=True).click()
    expect(page.get_by_text("4:5:6: degrees 0 – 6 – 11, −7.4, −7.2 cents from pure")).to_be_visible()
    expect(page.locator("ll-scale tr[aria-current]")).to_have_count(3)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("ll-scale tr[aria-current]")).to_have_count(0)

    scale = tmp_path / "slendro.scl"
    scale.write_bytes(SCALE)
    page.get_by_label("Scala file").set_input_files(scale)
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("heading", name="A slendro, after a gamelan")).to_be_visible()
    page.get_by_label("Degree 0 at").fill("300")
    expect(page.locator("tr[data-degree='2'] [data-hz]")).to_have_text("350.000")
    page.get_by_role("button", name="Play the scale").click()
    expect(page.locator("ll-scale tr[aria-current]")).to_have_attribute("data-degree", re.compile("[0-5]"))

    scale.write_bytes(b"no scale\n7\n 100.\n")
    page.get_by_label("Scala file").set_input_files(scale)
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("alert")).to_contain_text("cut off: 7 notes announced, 1 are there")
