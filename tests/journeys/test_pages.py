"""Every page as people meet it: readable by everyone, without errors, on a phone, and with the keyboard alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.pages_seed import PASSWORD
from tests.journeys.site import ROOT, Site

pytestmark = [pytest.mark.journey, pytest.mark.slow]

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
KINDS = ("melody", "midi", "progression", "wave", "sound", "mix_setting")

VISITOR = (
    *("/", "/search/", "/search/?q=night&kind=wave&tempo_min=0", "/search/?q=nothing+like+it", "/cart/", "/plans/"),
    *("/search/notes/", "/search/notes/?tune=U+D+U+D+U", "/search/notes/?chords=I-V-vi-IV", "/search/notes/?tune=E+H"),
    "/search/notes/statistics/",
    *(
        "/verify/",
        "/credentials/",
        "/models/harmony-1/",
        "/licences/standard/",
        "/how-it-works/",
        "/escrow/",
        "/tuner/",
        "/status/",
        "/sign-in/",
        "/sign-up/",
        "/password/",
    ),
    *(f"element_{kind}" for kind in KINDS),
    *("creator", "certificate_revoked"),
    *("/packs/", "pack", "/search/?q=water", "element_credits", "/credits/", "/credits/?q=mir&role=producer"),
)
BUYER = (
    "/orders/",
    "/library/",
    "order_paid",
    "trace_order",
    "order_refunded",
    "order_open",
    "certificate",
    "provenance",
    "/account/",
)
CREATOR = (
    *(
        "/upload/",
        "/elements/",
        "publish",
        "element_splits",
        "contribution",
        "/splits/",
        "recommend",
        "/earnings/",
        "/earnings/figures/",
        "/earnings/years/",
        "statement",
        "trace_figures",
        "trace_line",
        "/jobs/",
        "/claims/mine/",
        "/account/",
    ),
    *("workbench", "workbench_noise", "workbench_repair.gate", "workbench_effects", "workbench_loudness.measured"),
    *("workbench_notes.heard", "workbench_pitch.moved", "workbench_compare", "workbench_of_notes"),
    *("workbench_convert", "workbench_edit", "workbench_play", "workbench_draft"),
    *("/create/", "/create/mastering/", "/create/mixing/", "/create/harmony/", "mastered", "mixed", "element_setting"),
    *("element_waiting", "/packs/mine/", "/packs/new/", "pack", "pack_change", "pack_asked", "element_credits"),
)
STAFF = (
    *("/reports/", "/reports/waiting/", "/account/identifiers/", "/models/harmony-1/"),
    *("label", "label_payee", "label_new_contract", "label_new_terms"),
    "/settlements/",
    "settlement",
    "reconciliation",
    "what_if",
    "correction",
    "/claims/",
    "/contests/",
    "/orders/?all",
    "order_paid",
    "/settlements/dry-run/?period=2026",
    "/settlements/subscriptions/",
    "/settlements/rates/",
)
LABEL_PEOPLE = (
    "label",
    *(f"label_{name}" for name in ("groups", "money", "payees", "payee", "conditions", "runs")),
    *(f"label_new_{what}" for what in ("group", "cost", "condition")),
)
OPERATOR = ("/label/members/", "/mail/", "/design/")


@dataclass
class Visit:
    """A window that notes everything a page complains about."""

    page: Page
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(20_000)
        self.page.on("pageerror", lambda error: self.heard.append(f"script: {error}"))
        self.page.on("console", lambda said: self.heard.append(said.text) if said.type == "error" else None)

    def signs_in(self, email: str) -> None:
        """Through the form."""
        self.page.goto("/sign-in/")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.locator("main").get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("/")

    def checked(self, path: str) -> list[str]:
        """What is wrong with one page: by axe in both themes, by its console, and by its width on a phone."""
        page, before = self.page, len(self.heard)
        page.set_viewport_size(DESK)
        answer = page.goto(path)
        assert answer is not None
        found = [] if answer.status == 200 else [f"answers {answer.status}"]
        if not page.title().removesuffix("· Ledgerline").strip():
            found.append("has no title")
        page.evaluate("document.querySelectorAll('.proposal__numbers').forEach((one) => { one.open = true; })")
        page.evaluate(AXE.read_text())
        for theme, options in (("light", RULES), ("dark", {"runOnly": ["color-contrast"]})):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            result: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
            found += [f"{theme} {one['id']}: {one['nodes'][0]['html'][:120]}" for one in result["violations"]]
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.set_viewport_size(PHONE)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > PHONE["width"]:
            found.append(f"is {wide} px wide on a phone")
        return [f"{path}: {what}" for what in (*found, *self.heard[before:])]


@pytest.fixture(scope="module")
def addresses(site: Site) -> dict[str, str]:
    """The seeded site's pages by name."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in frontend/")
    said = site.manage("shell", "-c", "from tests.journeys.pages_seed import seed; seed()")
    line = next(line for line in said.splitlines() if line.startswith("SEED "))
    found: dict[str, str] = json.loads(line.removeprefix("SEED "))
    return found


@pytest.fixture
def visit(browser: Browser, site: Site, addresses: dict[str, str]) -> Any:
    """A window on the seeded site. Only axe needs the content policy out of its way, and only in the checks with it."""
    contexts = []

    def make(*, with_axe: bool = False) -> Visit:
        context = browser.new_context(base_url=site.url, locale="en-GB", bypass_csp=with_axe, viewport=DESK)
        contexts.append(context)
        return Visit(context.new_page())

    yield make
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("email", "pages"),
    [
        pytest.param("", VISITOR, id="a visitor"),
        pytest.param("ngozi@example.org", BUYER, id="a buyer"),
        pytest.param("mira@example.org", CREATOR, id="a creator"),
        pytest.param(
            "tomas@example.org",
            ("/splits/", "/earnings/", "/library/", "/plans/", "element_credits", "pack"),
            id="a contributor",
        ),
        pytest.param("anna@example.org", STAFF, id="label staff"),
        pytest.param("rhea@example.org", LABEL_PEOPLE, id="a label's own people"),
        pytest.param("sam@example.org", OPERATOR, id="an operator"),
    ],
)
def test_every_page_is_open_to_everyone(visit, addresses, email, pages):
    window = visit(with_axe=True)
    if email:
        window.signs_in(email)
    wrong = [what for name in pages for what in window.checked(addresses.get(name, name))]
    assert wrong == []


def test_no_page_breaks_its_own_content_policy(visit, addresses):
    window = visit()
    window.signs_in("mira@example.org")
    pages = ("/", "/search/", "element_midi", "provenance", "/upload/", "/earnings/", "statement", "/tuner/")
    bench = ("workbench", "workbench_noise", "workbench_effects", "workbench_draft", "workbench_edit")
    for name in (*pages, *bench, "mastered", "mixed"):
        window.page.goto(addresses.get(name, name))
        window.page.wait_for_timeout(150)  # pictures draw themselves after the page has loaded
    assert window.heard == []


def test_space_plays_arrows_walk_and_the_player_stays_while_one_browses(visit):
    window = visit()
    page = window.page
    page.goto("/search/")
    rows = page.locator(".row")
    page.keyboard.press("Space")
    expect(rows.first).to_have_attribute("data-playing", "")
    rows.first.locator(".play").focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_have_attribute("data-playing", "")
    expect(rows.nth(1).locator(".play")).to_be_focused()
    title = rows.nth(1).locator(".row__title").inner_text()
    player = page.locator("ll-player")
    expect(player.locator(".player__title")).to_have_text(title)
    page.evaluate("document.querySelector('ll-player').dataset.mine = 'the same one'")
    page.get_by_role("link", name="How it works").first.click()
    page.wait_for_url("**/how-it-works/")
    expect(player).to_have_attribute("data-mine", "the same one")
    expect(player.locator(".player__title")).to_have_text(title)
    page.locator("body").press("Space")
    expect(player.get_by_role("button", name="Play")).to_be_visible()
    assert window.heard == []


def test_a_filter_narrows_the_list_at_once(visit):
    page = visit().page
    page.goto("/search/")
    page.locator(".filters").get_by_text("Sounds", exact=True).click()
    page.wait_for_url("**kind=sound**")
    expect(page.locator(".row")).to_have_count(1)


def test_buying_needs_no_mouse(visit, addresses):
    window = visit()
    window.signs_in("ngozi@example.org")
    page = window.page
    page.goto(addresses["element_progression"])
    for _ in range(60):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            "[document.activeElement.textContent.trim(), getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert outline != "none" or page.evaluate("document.activeElement.matches('input, body')"), name
        if name == "Buy":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/pay/**")
    page.get_by_role("button", name="Pay ").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/**")
    expect(page.locator("main .tag", has_text="paid")).to_be_visible()
    assert window.heard == []


def test_publishing_says_what_is_wrong_and_keeps_what_was_typed(visit, addresses):
    window = visit()
    window.signs_in("mira@example.org")
    page = window.page
    page.goto(addresses["publish"])
    page.get_by_label("Standard licence").fill("7.50")
    page.locator("input[name=percent]").nth(0).fill("55")  # her own row stands there, by name
    page.get_by_role("button", name="Offer it").click()
    expect(page.get_by_role("alert")).to_contain_text("100")
    expect(page.get_by_label("Standard licence")).to_have_value("7.50")
    expect(page.locator("input[name=percent]").nth(0)).to_have_value("55")


def test_one_broken_file_does_not_stop_the_others(visit, tmp_path: Path):
    from tests.helpers import music_files

    files = music_files.one_of_each()
    (tmp_path / "lamp.mid").write_bytes(files["midi"])
    (tmp_path / "bells.ogg").write_bytes(files["ogg"])
    (tmp_path / "broken.wav").write_bytes(b"RIFF\x10\0\0\0WAVEnothing of it is right")
    window = visit()
    window.signs_in("mira@example.org")
    page = window.page
    page.goto("/upload/")
    page.locator("input[type=file]").set_input_files(
        [tmp_path / "lamp.mid", tmp_path / "bells.ogg", tmp_path / "broken.wav"]
    )
    expect(page.locator(".uploads a[href$='/publish/']")).to_have_count(2, timeout=60_000)
    broken = page.locator(".uploads li", has_text="broken.wav")
    expect(broken).to_contain_text("could not be read")
    page.reload()
    expect(page.locator("ll-job a[href$='/publish/']")).to_have_count(2)


@pytest.mark.parametrize(("name", "email"), [("certificate", "ngozi@example.org"), ("statement", "mira@example.org")])
def test_papers_print_without_furniture(visit, addresses, name, email):
    window = visit()
    window.signs_in(email)
    page = window.page
    page.goto(addresses[name])
    page.emulate_media(media="print")
    for furniture in (".masthead__search", ".staffnav ul", ".button", "ll-player"):
        assert not any(one.is_visible() for one in page.locator(furniture).all()), furniture
    assert len(page.pdf(format="A4")) > 10_000


def test_a_pack_is_heard_put_into_the_cart_paid_as_one_and_stands_together_in_the_library(visit, addresses):
    window = visit()
    page = window.page
    window.signs_in("rhea@example.org")
    page.goto(addresses["pack"])
    rows = page.locator("main .row")
    page.keyboard.press("Space")
    expect(rows.first).to_have_attribute("data-playing", "")

    page.get_by_role("button", name="Put into cart").click()
    expect(page.get_by_text("Pack, 3 standard licences")).to_be_visible()
    page.get_by_role("button", name="Go to payment").click()
    page.wait_for_url(re.compile("/pay/"))
    expect(page.get_by_text("A night on the water (pack, 3 licences)")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.wait_for_url(re.compile("/orders/"))

    expect(page.get_by_role("link", name="Certificate and receipt")).to_have_count(3)
    page.goto("/library/")
    expect(page.get_by_role("heading", name="Pack “A night on the water”")).to_be_visible()
    expect(page.locator("main .row")).to_have_count(3)
    page.goto(addresses["pack"])
    expect(page.get_by_text("All of it is yours already")).to_be_visible()
    assert not [what for what in window.heard if what.startswith("script:")]  # the processor's page is not ours
