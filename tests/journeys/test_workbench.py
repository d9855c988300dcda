"""A producer at the workbench: a noisy take is cleaned, heard, put back, transcribed, reviewed and written down."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.journey, pytest.mark.slow]

RATE_HZ = 22_050
SHOTS = os.environ.get("WORKBENCH_SHOTS")


def noisy_take() -> bytes:
    """Half a second of hiss, then five notes with the hiss under them."""
    seconds = 0.5
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    shape = np.minimum(1, 40 * time) * np.minimum(1, 40 * (seconds - time))
    notes = [np.zeros(RATE_HZ // 2)]
    for pitch in (60, 64, 67, 65, 62):
        hz = 440 * 2 ** ((pitch - 69) / 12)
        notes.append(shape * sum(np.sin(2 * np.pi * hz * n * time) / n for n in range(1, 6)) * 0.2)
    whole = np.concatenate(notes)
    hiss = np.random.default_rng(3).normal(0, 0.01, len(whole))
    out = io.BytesIO()
    soundfile.write(out, whole + hiss, RATE_HZ, format="WAV")
    return out.getvalue()


def shot(page: Page, name: str) -> None:
    """A picture for who looks at the pages, where one is wanted."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def wait_for_version(page: Page, number: int) -> None:
    """The job that is under way ends, and the page shows what it made."""
    expect(page.get_by_text(f"Version {number}", exact=True)).to_be_visible(timeout=60_000)


def test_a_noisy_take_is_cleaned_heard_put_back_transcribed_and_written(person, site, tmp_path: Path):
    mira = person()
    mira.signs_up("Mira Lindqvist", "mira@workbench.example.org", sells=True)
    page = mira.page
    bench = _uploads(page, tmp_path)
    _cleans(page, bench)
    _compares_and_puts_back(page, bench)
    _shapes(page, bench)
    draft = _transcribes(page, bench)
    _reviews_and_keeps(page, draft)
    _writes_a_score(page)
    site.manage("ledger", "verify")


def _uploads(page: Page, tmp_path: Path) -> str:
    take = tmp_path / "night ferry.wav"
    take.write_bytes(noisy_take())
    page.goto("/upload/")
    page.locator("input[type=file]").set_input_files(take)
    link = page.locator(".uploads a[href$='/publish/']")
    expect(link).to_be_visible(timeout=120_000)
    page.goto("/elements/")
    page.get_by_role("row", name="night ferry").get_by_role("link", name="Workbench").click()
    page.wait_for_url("**/workbench/")
    return page.url


def _cleans(page: Page, bench: str) -> None:
    page.get_by_role("link", name="Noise", exact=True).click()
    page.get_by_label("Wiener filter").check()
    page.get_by_label("Noise alone, from").fill("0.05")
    page.get_by_label("Noise alone, to").fill("0.45")
    edge = page.get_by_role("slider", name="Section to audition, end")
    edge.focus()
    edge.press("End")
    expect(edge).to_have_attribute("aria-valuetext", re.compile("3 s"))
    page.get_by_role("button", name="Audition this section").click()
    expect(page.get_by_text("Ready:")).to_be_visible(timeout=60_000)
    player = page.locator("ll-ab")
    shot(page, "noise")
    player.get_by_role("button", name="Play").click()
    level = page.get_by_role("meter", name="Level, After")
    expect(level).to_have_attribute("aria-valuetext", re.compile(r"^−\d+\.\d dBFS$"))
    expect(page.locator("ll-meters tbody tr").first).to_contain_text(re.compile(r"−\d+\.\d LUFS"))
    for part in ("Before", "What is removed", "After"):
        player.get_by_text(part, exact=True).click()
        expect(player).to_have_attribute("part-heard", re.compile("before|residual|after"))
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    player.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Apply to the whole").click()
    page.wait_for_url(bench)
    wait_for_version(page, 2)
    shot(page, "bench")


def _compares_and_puts_back(page: Page, bench: str) -> None:
    page.get_by_role("link", name="Compare").first.click()
    page.get_by_role("button", name="Hear this section").click()
    expect(page.get_by_text("Ready:")).to_be_visible(timeout=60_000)
    shot(page, "compare")
    page.get_by_role("button", name="Put version 1 back").click()
    page.wait_for_url(bench)
    wait_for_version(page, 3)
    expect(page.locator(".benchversion").first).to_contain_text("Put back")


def _shapes(page: Page, bench: str) -> None:
    page.get_by_role("link", name="Effects", exact=True).click()
    page.get_by_label("Plugin to add").select_option(label="Compressor")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Threshold", exact=True).fill("-30")
    expect(page.get_by_role("img", name="Level out for level in")).to_be_visible()
    page.get_by_role("button", name="Audition this section").click()
    expect(page.get_by_text("Ready:")).to_be_visible(timeout=60_000)
    shot(page, "effects")
    page.goto(bench)


def _transcribes(page: Page, bench: str) -> str:
    page.get_by_role("link", name="Transcribe", exact=True).click()
    page.get_by_label("One line").check()
    page.get_by_role("button", name="Audition this section").click()
    expect(page.get_by_text("5 notes")).to_be_visible(timeout=60_000)
    shot(page, "transcribe")
    page.get_by_role("button", name="Listen to the whole").click()
    page.wait_for_url(bench)
    page.get_by_role("link", name="Review them").click(timeout=120_000)
    page.wait_for_url("**/drafts/**")
    return page.url


def _reviews_and_keeps(page: Page, draft: str) -> None:
    roll = page.get_by_role("application")
    expect(page.get_by_text("5 notes")).to_be_visible()
    shot(page, "review")
    roll.focus()
    roll.press("ArrowRight")
    expect(page.get_by_text(re.compile(r"^C4, at 0\.5"))).to_be_visible()
    roll.press("ArrowUp")
    roll.press("ArrowUp")
    expect(page.get_by_text(re.compile(r"^D4, at 0\.5"))).to_be_visible()
    roll.press("Control+z")
    expect(page.get_by_text(re.compile(r"^C♯4, at 0\.5"))).to_be_visible()
    roll.press("ArrowRight")
    roll.press("Delete")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.get_by_label("Title").fill("What she sang")
    page.get_by_label("On the grid").check()
    page.get_by_role("button", name="Keep as MIDI").click()
    page.wait_for_url(draft)
    page.get_by_role("link", name="Open", exact=True).click(timeout=60_000)
    page.wait_for_url("**/workbench/")
    expect(page.get_by_role("heading", name="What she sang")).to_be_visible()


def _writes_a_score(page: Page) -> None:
    bench = page.url
    page.get_by_role("link", name="Convert", exact=True).click()
    page.get_by_role("radio", name=re.compile("^MusicXML")).check()
    page.get_by_role("button", name="Make it").click()
    page.wait_for_url(bench)
    wait_for_version(page, 2)
    shot(page, "score")
    expect(page.locator(".benchversion").first).to_contain_text("MusicXML")
    page.goto(bench.removesuffix("workbench/"))
    with page.expect_download() as found:
        page.locator("a[href$='/musicxml/'], a[href$='/original/']").first.click()
    text = Path(found.value.path()).read_text()
    assert re.findall("<step>(.)</step>", text)[1:] == ["G", "F", "D"]
