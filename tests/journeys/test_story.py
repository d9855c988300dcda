"""The whole story, as the people in it live it: from an uploaded take to a paid creator."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.helpers import music_files
from tests.journeys.site import Site

pytestmark = [pytest.mark.journey, pytest.mark.slow]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with no history but this story's: its settlement counts every sale there is."""
    with Site.running(tmp_path_factory.mktemp("story")) as running:
        yield running


def test_from_an_uploaded_take_to_a_paid_creator(person, site, tmp_path: Path):
    mira, tomas, buyer, anna, bela = (person() for _ in range(5))
    mira.signs_up("Mira Lindqvist", "mira@story.example.org", sells=True)
    tomas.signs_up("Tomás Ferreira", "tomas@story.example.org")
    buyer.signs_up("Ngozi Adeyemi", "ngozi@story.example.org")
    anna.signs_up("Anna Staff", "anna@story.example.org")
    bela.signs_up("Béla Staff", "bela@story.example.org")
    for staff in (anna, bela):
        site.manage("account", staff.email, "--role", "label_staff")
    mira.opens_payout_account()

    element = _uploads(mira, tmp_path)
    _publishes_with_a_split(mira, element, partner=tomas.email)
    _accepts(tomas, element)
    certificate = _buys(buyer, element)
    _verifies_offline(buyer, certificate, tmp_path)
    _settle(anna, bela)
    _reads_statement(mira)
    site.manage("ledger", "verify")


def _uploads(mira, tmp_path: Path) -> str:
    take = tmp_path / "night ferry.wav"
    take.write_bytes(music_files.one_of_each()["wav"])
    page = mira.page
    page.goto("/upload/")
    page.locator("input[type=file]").set_input_files(take)
    page.locator(".uploads a[href$='/publish/']").click(timeout=120_000)
    page.wait_for_url(re.compile(r"/elements/[0-9a-f-]+/publish/"))
    return page.url.split("/")[-3]


def _publishes_with_a_split(mira, element: str, *, partner: str) -> None:
    page = mira.page
    page.get_by_label("Standard licence").fill("12.00")
    rows = page.locator("input[name=party]")
    percents = page.locator("input[name=percent]")
    percents.nth(0).fill("60")
    rows.nth(1).fill(partner)
    percents.nth(1).fill("40")
    page.get_by_role("button", name="Offer it").click()
    page.wait_for_url(f"**/elements/{element}/")
    expect(page.get_by_text("Waits for answers to the split")).to_be_visible()


def _accepts(tomas, element: str) -> None:
    page = tomas.page
    page.goto("/splits/")
    expect(page.get_by_text("Still missing")).to_contain_text("Tomás")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("in force")).to_be_visible()


def _buys(buyer, element: str) -> str:
    page = buyer.page
    page.goto(f"/elements/{element}/")
    page.get_by_role("button", name="Buy").click()
    page.wait_for_url(re.compile("/pay/"))
    page.get_by_label(re.compile("0077")).check()  # the money is available at once, so that it can be paid out today
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.wait_for_url("**/orders/**")
    page.get_by_role("link", name="Certificate and receipt").click()
    expect(page.get_by_text("This licence stands.")).to_be_visible()
    return page.url


def _verifies_offline(buyer, certificate: str, tmp_path: Path) -> None:
    page = buyer.page
    with page.expect_download() as receipt:
        page.get_by_role("link", name="Download the receipt").click()
    receipt.value.save_as(tmp_path / "licence.tlog-proof")
    for name, address in (("verify.py", "/log/verify.py"), ("key", "/log/key")):
        (tmp_path / name).write_bytes(page.request.get(address).body())

    def verdict(file: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "verify.py", file, "--key", "key"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    good = verdict("licence.tlog-proof")
    assert good.returncode == 0, good.stderr
    assert "licence.granted.v2" in good.stdout
    damaged = (tmp_path / "licence.tlog-proof").read_text().replace("index ", "index 1", 1)
    (tmp_path / "damaged.tlog-proof").write_text(damaged)
    assert verdict("damaged.tlog-proof").returncode == 1


def _settle(anna, bela) -> None:
    page = anna.page
    for _ in range(20):  # a sale counts once a worker has brought the processor's fee
        page.goto("/settlements/")
        page.get_by_label("Settle a period").select_option(label="up to now")
        page.get_by_role("button", name="Dry run").click()
        if page.get_by_text("Mira Lindqvist").count():
            break
        page.wait_for_timeout(1000)
    expect(page.get_by_text("Not paid this time")).to_be_visible()
    expect(page.get_by_text("has not opened a payout account").first).to_be_visible()
    page.get_by_role("button", name="Calculate this run").click()
    for box in page.locator("input[name=seen]").all():
        box.check()
    page.get_by_role("button", name="Reviewed").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("You prepared this run: a second person must release it.")).to_be_visible()
    run = page.url

    other = bela.page
    other.goto(run)
    other.get_by_role("button", name="Release the money").click()
    for _ in range(40):
        other.reload()
        if other.get_by_text("closed", exact=True).count() or other.locator(".steps .is-done").count() == 6:
            break
        other.wait_for_timeout(1000)
    expect(other.locator(".steps .is-done")).to_have_count(6)


def _reads_statement(mira) -> None:
    page = mira.page
    page.goto("/earnings/")
    expect(page.get_by_text("Paid to you")).to_be_visible()
    page.locator("table a[href*='/statements/']").first.click()
    expect(page.get_by_text("Transfer sent")).to_be_visible()
    expect(page.locator("#lines ~ .tablewrap")).to_contain_text("night ferry")
    # 12.00 less 0.65 processor's fee (2.9 % + 0.30), less 15 %, of that 60 %: 5.7885.
    expect(page.locator("tfoot").first).to_contain_text("5.78")
