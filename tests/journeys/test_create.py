"""A producer creates: harmonies of a tune come one by one, are heard, steered, discarded and kept."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.production import music

pytestmark = [pytest.mark.journey, pytest.mark.slow]

SHOTS = os.environ.get("CREATE_SHOTS")


def shot(page: Page, name: str) -> None:
    """A picture for who looks at the pages, where one is wanted."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_a_tune_is_harmonised_heard_steered_and_kept(person, site, tmp_path: Path):
    mira = person()
    mira.signs_up("Mira Lindqvist", "mira@create.example.org", sells=True)
    page = mira.page
    _uploads(page, tmp_path)
    _asks(page)
    _hears_and_steers(page)
    _keeps(page)
    _edits(page)
    site.manage("ledger", "verify")


def _uploads(page: Page, tmp_path: Path) -> None:
    tune = tmp_path / "night ferry.mid"
    tune.write_bytes(music.midi())
    page.goto("/upload/")
    page.locator("input[type=file]").set_input_files(tune)
    expect(page.locator(".uploads a[href$='/publish/']")).to_be_visible(timeout=120_000)


def _plays(page: Page) -> Locator:
    """The buttons of the proposals; the player below the page has one of its own for what it holds."""
    return page.locator("main").get_by_role("button", name=re.compile("Play night ferry"))


def _asks(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Create").click()
    page.locator("a[href='/create/harmony/']").click()
    page.get_by_label("Start from").select_option(label="night ferry")
    page.get_by_role("button", name="Make proposals").click()
    page.wait_for_url("**/recommendations/**")
    expect(page.get_by_role("heading", name="Proposal 1")).to_be_visible(timeout=120_000)
    shot(page, "first")
    expect(_plays(page)).to_have_count(3, timeout=120_000)


def _hears_and_steers(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Play night ferry")).first.click()
    expect(page.get_by_role("button", name=re.compile("Pause night ferry")).first).to_be_visible()
    page.get_by_role("button", name=re.compile("Pause night ferry")).first.click()
    page.get_by_text("On a staff").first.click()
    expect(page.locator("ll-score svg").first).to_be_visible()
    page.get_by_role("button", name="Discard proposal 3").click()
    expect(page.get_by_role("heading", name="Proposal 3")).to_have_count(0)
    page.get_by_role("button", name="More like this: proposal 2").click()
    expect(page.get_by_label("Seed")).to_have_value("2")
    expect(_plays(page)).to_have_count(3, timeout=120_000)
    shot(page, "steered")


def _keeps(page: Page) -> None:
    page.get_by_label("Title of proposal 2").fill("Night ferry in four voices")
    page.get_by_role("button", name="Keep", exact=True).nth(1).click()
    page.wait_for_url("**/elements/**")
    expect(page.get_by_role("heading", name="Night ferry in four voices")).to_be_visible()
    expect(page.get_by_text("Generated", exact=True)).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_text("Kept", exact=True)).to_be_visible()
    page.get_by_role("link", name="The model behind it").click()
    expect(page.get_by_role("heading", name="harmony-1")).to_be_visible()
    shot(page, "card")


def _edits(page: Page) -> None:
    """One note by keyboard, saved as the next version: from now on a person went on from it."""
    page.go_back()
    page.reload()
    page.get_by_role("link", name="Edit it at the workbench").first.click()
    page.get_by_role("link", name="Edit notes").click()
    roll = page.get_by_label(re.compile("Piano roll of"))
    expect(page.locator(".editor__saved")).to_have_text("Nothing changed yet")
    roll.focus()
    for key in ("ArrowRight", "ArrowUp", "+", "Alt+ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator(".editor__saved")).to_have_text("Notes changed and not saved yet: 1")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Redo").click()
    page.reload()
    expect(page.locator(".editor__saved")).to_have_text("Notes changed and not saved yet: 1")
    shot(page, "edited")
    page.get_by_role("button", name="Save as the next version").click()
    page.wait_for_url("**/workbench/")
    expect(page.get_by_text("Version 2", exact=False).first).to_be_visible(timeout=120_000)
    page.get_by_role("link", name="Its page").click()
    expect(page.get_by_text("AI-assisted", exact=True).first).to_be_visible()
