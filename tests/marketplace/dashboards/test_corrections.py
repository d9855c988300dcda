"""Corrections of a settled period in pages: what if, two people, both versions, and the words a payee reads."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ledger import selectors as ledger
from ledger.domain.settlement.read import read_folder
from ledger.domain.settlement.run import settle
from ledger.services import clock
from ledger.services.audit import verify
from ledger.services.settlements import folder
from marketplace.accounts.permissions import Role
from tests.helpers import books
from tests.helpers.shop import Shop, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(shop: Shop) -> dict[str, Any]:
    """August was settled: Mira sold an element that was also Tomas's work."""
    with clock.at(day("2026-07-01")):
        people = {
            "mira": shop.creator("Mira"),
            "tomas": shop.creator("Tomas"),
            "anna": shop.person("Anna", Role.LABEL_STAFF),
            "bela": shop.person("Bela", Role.LABEL_STAFF),
        }
        listing = shop.on_sale(people["mira"])
    sale = books.sell(listing.entry_id, at="2026-08-01", fee_minor=0)
    run = books.settle("2026-08", by=people["anna"], released_by=people["bela"])
    return {**people, "run": run, "element": listing.entry_id, "line": sale.line.line_id}


def start(story: dict[str, Any]) -> str:
    return f"/settlements/{story['run']}/correct/"


def add(client: Any, story: dict[str, Any], changes: str = "", **values: Any) -> str:
    """One change more; where the page goes on."""
    location: str = client.post(f"{start(story)}changes/", {"changes": changes, **values}).headers["Location"]
    return location


def hash_in(location: str) -> str:
    return location.partition("changes=")[2]


def halves(story: dict[str, Any]) -> dict[str, Any]:
    return {
        "change": "split",
        "element": str(story["element"]),
        "party": [str(story["mira"].party_id), story["tomas"].email, ""],
        "role": ["producer", "singer", "producer"],
        "percent": ["50", "50", ""],
    }


def test_what_if_shows_the_difference_and_moves_nothing(shop: Shop, story: dict[str, Any]) -> None:
    anna, size = shop.client(story["anna"]), ledger.size()

    empty = anna.get(start(story)).content.decode()
    location = add(anna, story, **halves(story))
    page = anna.get(location).content.decode()

    assert "Choose below what was different" in empty
    assert "Mira 50 %, Tomas 50 %" in page
    assert "\u22124.25" in page
    assert ledger.size() == size


def test_a_second_person_posts_and_the_payee_reads_why(shop: Shop, story: dict[str, Any]) -> None:
    anna, bela = shop.client(story["anna"]), shop.client(story["bela"])
    with clock.at(day("2026-09-10")):
        changes = hash_in(add(anna, story, **halves(story)))
        made = anna.post(
            f"{start(story)}calculate/", {"changes": changes, "reason": "Tomas sang on it.", "key": "k"}
        ).headers["Location"]
        anna.post(f"{made}post/")
        alone = ledger.corrections_of_run(story["run"])[0].state
        bela.post(f"{made}post/")
    following = books.settle("2026-09", by=story["anna"], released_by=story["bela"])

    page = anna.get(made).content.decode()
    run_page = anna.get(f"/settlements/{story['run']}/").content.decode()
    statement = books.statement(following, story["tomas"])
    (line,) = ledger.adjustments_of(story["tomas"].party_id, "EUR", ledger.run(following))
    assert alone == "calculated"
    assert "What it moved" in page
    assert "Tomas sang on it." in page
    assert "Tomas sang on it." in run_page
    read = shop.client(story["tomas"]).get(f"/statements/{statement.statement_id}/").content.decode()
    assert "Tomas sang on it." in read
    assert statement.opening_micro == line.amount_micro == 425_000_000
    verify()


def test_both_versions_can_be_taken_home_and_settled_again(shop: Shop, story: dict[str, Any], tmp_path: Any) -> None:
    anna = shop.client(story["anna"])
    changes = hash_in(add(anna, story, **halves(story)))
    made = anna.post(f"{start(story)}calculate/", {"changes": changes, "reason": "So."}).headers["Location"]

    for version in ("before", "after"):
        data = anna.get(f"{made}{version}.zip").content
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(tmp_path)
        outputs = folder.outputs(settle(read_folder(tmp_path / version)))
        assert {name: (tmp_path / version / "out" / name).read_bytes() for name in outputs} == outputs

    before = (tmp_path / "before/out/statements.csv").read_text()
    assert str(story["tomas"].party_id) not in before
    assert str(story["tomas"].party_id) in (tmp_path / "after/out/statements.csv").read_text()


def test_a_sale_is_refunded_late_revenue_counted_and_a_change_taken_out_again(
    shop: Shop, story: dict[str, Any]
) -> None:
    anna = shop.client(story["anna"])
    chosen = anna.get(f"{start(story)}?line={story['line']}").content.decode()
    back = {"gross": "4.00", "tax": "0", "fee": "0", "date": "2026-08-30"}

    first = add(anna, story, change="line", what="refund", line=str(story["line"]), currency="EUR", **back)
    late = {"gross": "10,5", "tax": "0", "fee": "0", "currency": "eur", "date": "2026-08-31"}
    second = add(anna, story, hash_in(first), change="late", element=str(story["element"]), **late)
    both = anna.get(second).content.decode()
    third = anna.post(f"{start(story)}changes/", {"changes": hash_in(second), "remove": "0"}).headers["Location"]

    assert "10.00" in chosen
    assert "was refunded by 4.00 EUR" in both
    assert "brought 10.50 EUR more" in both
    assert "6.50" in both
    assert "was refunded" not in anna.get(third).content.decode()


def test_what_is_wrong_is_said_where_it_was_typed(shop: Shop, story: dict[str, Any]) -> None:
    anna = shop.client(story["anna"])
    halved = {**halves(story), "percent": ["50", "40", ""]}
    wrong = SimpleUploadedFile("splits.csv", b"element_id,party_id,role,share_ppm\nx,y,producer,5\n")
    line = str(story["line"])
    for values, told in (
        (halved, "sum to 90 %"),
        ({**halves(story), "party": ["x@nowhere.org", "", ""], "percent": ["100", "", ""]}, "Nobody here"),
        ({"change": "line", "what": "refund", "line": line, "gross": "x"}, "is no number"),
        ({"change": "line", "what": "refund", "line": line, "gross": "1.234"}, "fewer decimals"),
        ({"change": "file", "name": "balances.csv"}, "Choose a file"),
        ({"change": "nothing"}, "Say what was different"),
    ):
        answer = anna.post(f"{start(story)}changes/", values, follow=True)
        page = answer.content.decode()
        assert told in page
        assert answer.status_code == (200 if values["change"] == "nothing" else 422)

    page = anna.get(add(anna, story, change="file", name="splits.csv", file=wrong)).content.decode()

    assert re.search(r"splits.csv:2:|revenue.csv:2:", page)


def test_what_was_typed_stays_where_it_was_refused(shop: Shop, story: dict[str, Any]) -> None:
    anna = shop.client(story["anna"])
    split = {**halves(story), "party": ["x@nowhere.org", "", ""], "percent": ["61.5", "", ""], "role": ["singer"] * 3}
    late = {"change": "late", "element": str(story["element"]), "gross": "1,250", "currency": "USD", "tax": "3"}
    sale = {
        "change": "line",
        "what": "dispute",
        "line": str(story["line"]),
        "currency": "EUR",
        "gross": "4",
        "tax": "x",
    }

    def refused(values: dict[str, Any]) -> str:
        answer = anna.post(f"{start(story)}changes/", values)
        assert answer.status_code == 422
        assert answer.content.decode().count('role="alert"') == 1
        return answer.content.decode()

    first, second, third = refused(split), refused(late), refused(sale)
    assert 'value="x@nowhere.org"' in first
    assert 'value="61.5"' in first
    assert "<option selected>singer</option>" in first
    assert "can be read in two ways" in second
    assert all(f'value="{one}"' in second for one in (story["element"], "1,250", "USD", "3"))
    assert 'name="what" value="dispute" checked' in third
    assert 'name="tax" value="x"' in third


def test_only_staff_correct_and_only_what_was_released(shop: Shop, story: dict[str, Any]) -> None:
    books.sell(story["element"], at="2026-09-01")
    waiting = books.prepare("2026-09", by=story["anna"])

    codes = {who: shop.client(story[who]).get(start(story)).status_code for who in ("mira", "anna")}

    assert codes == {"mira": 403, "anna": 200}
    assert shop.client(story["anna"]).get(f"/settlements/{waiting}/correct/").status_code == 404
    assert shop.client(story["anna"]).get(f"/settlements/corrections/{UUID(int=1)}/").status_code == 404


def test_a_posted_correction_is_undone_by_another(shop: Shop, story: dict[str, Any]) -> None:
    anna, bela = shop.client(story["anna"]), shop.client(story["bela"])
    changes = hash_in(add(anna, story, **halves(story)))
    made = anna.post(f"{start(story)}calculate/", {"changes": changes, "reason": "So."}).headers["Location"]
    bela.post(f"{made}post/")

    undone = bela.post(f"{made}undo/", {"reason": "It was right."}).headers["Location"]
    anna.post(f"{undone}post/")

    assert ledger.balance(f"payable:{story['tomas'].party_id}", "EUR") == 0
    assert "as it was before the last correction" in anna.get(undone).content.decode()
    verify()
