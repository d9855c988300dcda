"""A producer mixes tracks and masters the mix: proposals are heard against each other, changed by hand, and kept."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from tests.helpers import made_music

pytestmark = [pytest.mark.journey, pytest.mark.slow]

SHOTS = os.environ.get("CREATE_SHOTS")
WORK_MS = 180_000
ELEMENT = re.compile(r"/elements/([0-9a-f-]{36})/")


def shot(page: Page, name: str) -> None:
    """A picture for who looks at the pages, where one is wanted."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.fixture
def mira(person: Any) -> Any:
    """A producer who has just opened an account."""
    found = person()
    found.signs_up("Mira Lindqvist", f"mira{os.urandom(4).hex()}@crafts.example.org", sells=True)
    return found


def uploads(page: Page, folder: Path, sounds: dict[str, np.ndarray], *, rate: int = made_music.RATE_HZ) -> None:
    """Put recordings on the site."""
    paths = [folder / f"{name}.wav" for name in sounds]
    for path, sound in zip(paths, sounds.values(), strict=True):
        soundfile.write(path, sound.T, rate)
    page.goto("/upload/")
    page.locator("input[type=file]").set_input_files(paths)
    expect(page.locator(".uploads a[href$='/publish/']")).to_have_count(len(paths), timeout=WORK_MS)


def proposed(page: Page, count: int) -> None:
    """Ask, and wait until every proposal can be heard and kept."""
    page.get_by_role("button", name="Make proposals").click()
    page.wait_for_url("**/recommendations/**")
    expect(page.get_by_role("button", name=re.compile("hear after"))).to_have_count(count, timeout=WORK_MS)
    expect(page.get_by_role("button", name="Keep", exact=True).last).to_be_enabled(timeout=WORK_MS)


def place_of(page: Page) -> float:
    """Where the deck stands, seconds."""
    return float(page.evaluate("document.querySelector('ll-deck').place"))


def test_a_mix_is_mastered_near_a_reference_and_kept_with_its_chain(mira, site, tmp_path: Path):
    page = mira.page
    uploads(page, tmp_path, {"night mix": made_music.band(5.0), "finished song": 0.4 * made_music.band(5.0, seed=8)})
    page.goto("/elements/")
    page.get_by_role("row", name=re.compile("night mix")).get_by_role("link", name="Workbench").click()
    page.get_by_role("link", name="Master it").click()
    expect(page.get_by_label("Start from")).to_have_value(re.compile("-"))
    page.get_by_text("References (optional)").click()
    page.get_by_role("group", name="References").get_by_label("finished song").check()
    page.get_by_label("Ceiling", exact=True).fill("-1.5")
    page.get_by_label("Proposals").select_option("2")
    proposed(page, 2)
    shot(page, "mastering")

    card = page.get_by_role("article", name="Proposal 1")
    peak = card.get_by_role("row", name=re.compile("True peak")).get_by_role("cell").last.inner_text()
    assert float(peak.replace("\u2212", "-").split()[0]) <= -1.5
    expect(card.get_by_text("the reference").first).to_be_visible()

    card.get_by_role("button", name="Proposal 1: hear after").click()
    expect(page.locator("ll-deck")).to_contain_text("Proposal 1: After")
    page.wait_for_timeout(700)
    before = place_of(page)
    page.keyboard.press("x")
    expect(page.locator("ll-deck")).to_contain_text("Proposal 1: Before")
    assert before <= place_of(page) < before + 2
    page.get_by_role("button", name="Proposal 2: hear after").click()
    expect(page.get_by_role("button", name="Proposal 2: hear after")).to_have_attribute("aria-pressed", "true")

    card.get_by_label("Title of Proposal 1").fill("Night, mastered")
    card.get_by_role("button", name="Keep", exact=True).click()
    page.wait_for_url("**/elements/**")
    expect(page.get_by_text("AI-assisted").first).to_be_visible()
    element_id = ELEMENT.search(page.url)
    assert element_id is not None
    expect(page.locator("main")).to_contain_text("LUFS")
    assert "same" in site.manage("replay", element_id[1])
    site.manage("ledger", "verify")


def test_the_chain_of_a_kept_master_is_loaded_at_a_workbench(mira, tmp_path: Path):
    page = mira.page
    uploads(page, tmp_path, {"evening": made_music.band(4.0)})
    page.goto("/create/mastering/")
    page.get_by_label("Proposals").select_option("1")
    proposed(page, 1)
    page.get_by_role("button", name="Keep", exact=True).click()
    page.wait_for_url("**/elements/**")

    page.goto("/elements/")
    page.get_by_role("row", name=re.compile("evening Audio")).get_by_role("link", name="Workbench").click()
    page.get_by_role("link", name="Effects").click()
    page.get_by_label("Load a mix setting").select_option(label="evening, master 1, setting")
    expect(page.locator(".chain__plugin").last).to_contain_text("Limiter")


def test_tracks_are_mixed_turned_by_hand_kept_and_opened_again(mira, site, tmp_path: Path):
    page = mira.page
    uploads(page, tmp_path, made_music.stems(5.0))
    page.goto("/create/mixing/")
    for name in ("bass", "chords", "drums", "lead"):
        page.get_by_role("group", name="Tracks").get_by_label(name, exact=True).check()
    page.get_by_label("Proposals").select_option("1")
    proposed(page, 1)
    expect(page.get_by_text("drums: heard as")).to_be_visible()

    page.get_by_text("Proposal 1: change its numbers").click()
    drums = page.get_by_role("group", name="drums", exact=True)
    drums.get_by_label("Fader", exact=True).fill("-12.5")
    drums.get_by_label("Place", exact=True).fill("-0.4")
    expect(drums).to_contain_text("40 % left")
    page.get_by_role("button", name="Hear this change").click()
    changed = page.get_by_role("article", name="Changed by hand")
    expect(changed.get_by_role("button", name="Changed by hand: hear after")).to_be_visible(timeout=WORK_MS)
    changed.get_by_role("button", name="Changed by hand: hear after").click()
    expect(page.locator("ll-deck")).to_contain_text("Changed by hand: After")
    expect(changed.get_by_role("button", name="Keep", exact=True)).to_be_enabled(timeout=WORK_MS)
    shot(page, "mixing")

    changed.get_by_label("Title of Changed by hand").fill("Four players")
    changed.get_by_role("button", name="Keep", exact=True).click()
    page.wait_for_url("**/elements/**")
    expect(page.get_by_role("heading", name="Four players")).to_be_visible()
    expect(page.get_by_text("AI-assisted").first).to_be_visible()
    wave = ELEMENT.search(page.url)
    page.goto("/elements/")
    page.get_by_role("link", name="Four players, setting").click()
    expect(page.get_by_role("heading", name="Four players, setting")).to_be_visible()
    setting = ELEMENT.search(page.url)
    assert wave is not None
    assert setting is not None
    assert "same" in site.manage("replay", wave[1])
    assert "same" in site.manage("replay", setting[1])

    page.get_by_role("button", name="Hear it with its recordings, and change it").click()
    page.wait_for_url("**/recommendations/**")
    expect(page.get_by_role("button", name=re.compile("hear after"))).to_be_visible(timeout=WORK_MS)
    page.get_by_text("change its numbers").click()
    drums = page.get_by_role("group", name="drums", exact=True)
    expect(drums.get_by_label("Fader", exact=True)).to_have_value("-12.5")


def test_what_cannot_be_mixed_is_named_in_plain_words(mira, tmp_path: Path):
    page = mira.page
    loud = made_music.stems(1.0)["drums"]
    uploads(page, tmp_path, {"nothing": np.zeros((1, 44_100), np.float32), "click": loud[:, :1]})
    for name, words in (("nothing", "silent"), ("click", "too short")):
        page.goto("/create/mixing/")
        page.get_by_role("group", name="Tracks").get_by_label(name, exact=True).check()
        page.get_by_role("button", name="Make proposals").click()
        page.wait_for_url("**/recommendations/**")
        expect(page.locator("main")).to_contain_text(words, timeout=WORK_MS)
