"""A whole running site, as `make run` starts it, and a real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.site import Site

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


def chromium_path() -> str | None:
    """The machine's own Chromium."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Skipped where there is no Chromium, but in CI that is a failure."""
    path = chromium_path()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium on this machine, and CI must have one")
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site on a port of its own, in a var/ of its own, with nothing in it."""
    with Site.running(Path(tmp_path_factory.mktemp("site"))) as running:
        yield running


class Person:
    """Somebody with a browser window of their own."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.site = site
        self.context = browser.new_context(base_url=site.url, accept_downloads=True, locale="en-GB")
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def signs_up(self, name: str, email: str, *, sells: bool = False, at: str = "/sign-up/") -> None:
        """Open an account through the form."""
        page = self.page
        page.goto(at)
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Name shown in credits").fill(name)
        page.get_by_label("Password").fill("five lines and a short one")
        if sells:
            page.get_by_label("I want to sell what I make").check()
        page.get_by_role("button", name="Open the account").click()
        page.wait_for_url("**/account/")
        self.email = email

    def opens_payout_account(self) -> None:
        """Go through the processor's own page and come back."""
        page = self.page
        page.goto("/account/")
        page.get_by_role("button", name="Open a payout account").click()
        page.get_by_role("button").first.click()
        page.wait_for_url("**/account/")


@pytest.fixture
def person(browser: Browser, site: Site) -> Iterator[object]:
    """A maker of people; each window must have stayed free of script errors."""
    people: list[Person] = []

    def make() -> Person:
        people.append(Person(browser, site))
        return people[-1]

    yield make
    for one in people:
        one.context.close()
        assert one.errors == []
