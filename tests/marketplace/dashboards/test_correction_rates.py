"""Corrected rates in pages: what an element passes on to its parents, what a label takes."""

from __future__ import annotations

from typing import Any

import pytest

from ledger import selectors as ledger
from ledger.services import clock, contracts, rights
from ledger.services.audit import verify
from marketplace.accounts.permissions import Role
from tests.helpers import books
from tests.helpers.shop import Shop, day, upstream

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(shop: Shop, settings: Any) -> dict[str, Any]:
    """August was settled: Tomas's Child passes a tenth on to Mira's Loop, and he gives a label a fifth."""
    settings.COMMISSION_PPM = 0
    with clock.at(day("2026-07-01")):
        people = {
            "mira": shop.creator("Mira"),
            "tomas": shop.creator("Tomas"),
            "label": shop.creator("Meridian"),
            "aiko": shop.creator("Aiko"),
            "anna": shop.person("Anna", Role.LABEL_STAFF),
            "bela": shop.person("Bela", Role.LABEL_STAFF),
        }
        loop = shop.on_sale(people["mira"], title="Loop").entry_id
        tune = shop.on_sale(people["aiko"], title="Tune").entry_id
        child = shop.element(people["mira"], "Child", parents=[upstream(loop, 100_000)])
        shop.offer(people["mira"], child, shares=[(people["tomas"], 1_000_000)])
        (proposal,) = ledger.proposals_naming(people["tomas"].party_id)
        rights.accept_split(proposal.proposal_id, party_id=people["tomas"].party_id)
        contracts.sign_contract(
            label_id=people["label"].party_id,
            party_id=people["tomas"].party_id,
            label_ppm=200_000,
            actor_id=people["anna"].party_id,
        )
    books.sell(child, 1000, at="2026-08-01", fee_minor=0)
    run = books.settle("2026-08", by=people["anna"], released_by=people["bela"])
    return {**people, "run": run, "loop": str(loop), "tune": str(tune), "child": str(child)}


def start(story: dict[str, Any]) -> str:
    return f"/settlements/{story['run']}/correct/"


def add(client: Any, story: dict[str, Any], **values: Any) -> Any:
    return client.post(f"{start(story)}changes/", values, follow=True)


def posted(shop: Shop, story: dict[str, Any], changes: str) -> dict[str, int]:
    """Name -> micro that the correction with these changes moved, after a second person posted it."""
    made = (
        shop.client(story["anna"])
        .post(f"{start(story)}calculate/", {"changes": changes, "reason": "As signed."})
        .headers["Location"]
    )
    shop.client(story["bela"]).post(f"{made}post/")
    (correction,) = ledger.corrections_of_run(story["run"])
    moved = {one.party_id: one.amount_micro for one in ledger.adjustments_by(correction.correction_id)}
    names = ("mira", "tomas", "label")
    return {name: moved[story[name].party_id] for name in names if story[name].party_id in moved}


def test_a_parent_s_share_is_shown_and_corrected_and_its_label_follows(shop: Shop, story: dict[str, Any]) -> None:
    """
    given  Child brought 10.00 and passed 10 % on to Loop; of Tomas's 9.00 the label took 20 %
    when   staff say that it was to pass on 30 %
    then   Mira gets 2.00 more; Tomas gets 1.60 less and his label 0.40 less
    """
    anna = shop.client(story["anna"])
    shown = anna.get(f"{start(story)}?child={story['child']}").content.decode()

    page = add(anna, story, change="upstream", element=story["child"], parent=[story["loop"]], percent=["30"])
    moved = posted(shop, story, page.redirect_chain[-1][0].partition("changes=")[2])

    assert '<td class="num">10</td>' in shown
    assert "“Child” pays 30 % to “Loop”." in page.content.decode()
    assert moved == {"mira": 200_000_000, "tomas": -160_000_000, "label": -40_000_000}
    verify()


@pytest.mark.parametrize("of", ["everything", "child"])
def test_a_label_s_share_is_corrected_of_one_element_or_of_all(shop: Shop, story: dict[str, Any], of: str) -> None:
    anna = shop.client(story["anna"])
    payee = str(story["tomas"].party_id)
    shown = anna.get(f"{start(story)}?payee={payee}").content.decode()
    percents = ["25", ""] if of == "everything" else ["", "25"]

    page = add(anna, story, change="label", payee=payee, of=["", story["child"]], percent=percents)
    moved = posted(shop, story, page.redirect_chain[-1][0].partition("changes=")[2])

    assert "Child (Meridian)" in shown
    assert ("of what Tomas gets of “Child” is 25 %" in page.content.decode()) == (of == "child")
    assert moved == {"tomas": -45_000_000, "label": 45_000_000}
    verify()


def test_a_rate_that_cannot_be_is_refused_in_words_and_the_form_stays_open(shop: Shop, story: dict[str, Any]) -> None:
    anna = shop.client(story["anna"])
    for percent, told in (("", "Fill in the share"), ("x", "is no number"), ("-1", "between 0 and 100"),
                          ("100.5", "between 0 and 100"), ("1.23456", "at most four decimals")):  # fmt: skip
        page = add(anna, story, change="upstream", element=story["child"], parent=[story["loop"]], percent=[percent])
        assert told in page.content.decode()
        assert "What an element passes on: Child" in page.content.decode()
        assert f'name="percent" value="{percent}"' in page.content.decode()

    elsewhere = add(anna, story, change="upstream", element=story["loop"], parent=[story["child"]], percent=["5"])
    nobody = add(anna, story, change="label", payee=str(story["mira"].party_id), of=[""], percent=["5"])

    assert "is not made from" in elsewhere.content.decode()
    assert "has no contract" in nobody.content.decode()


def test_a_parent_that_nobody_declared_is_told_with_its_share(shop: Shop, story: dict[str, Any]) -> None:
    """The song was made from Aiko's tune, too, which the run had no sale of: a quarter goes to her."""
    anna, tune = shop.client(story["anna"]), story["tune"]
    form = {"change": "parent", "child": story["child"], "percent": ["25"]}

    nothing = add(anna, story, **form, parent=["something"])
    again = add(anna, story, **form, parent=[story["loop"]])
    itself = add(anna, story, **form, parent=[story["child"]])
    told = add(anna, story, **form, parent=[f"https://example.org/elements/{tune}/"])

    assert "is no element" in nothing.content.decode()
    assert 'value="something"' in nothing.content.decode()
    assert "already there" in again.content.decode()
    assert "not made from itself" in itself.content.decode()
    assert "“Child” is made from “Tune”, and pays it 25\u00a0%" in told.content.decode().replace(" %", "\u00a0%")
    # 10.00: 25 % of it left Tomas (2.00) and the label (0.50), who had shared nine tenths.
    moved = posted(shop, story, told.redirect_chain[-1][0].partition("changes=")[2])
    assert moved == {"tomas": -200 * books.MICRO, "label": -50 * books.MICRO}
    (correction,) = ledger.corrections_of_run(story["run"])
    sums = {one.party_id: one.amount_micro for one in ledger.adjustments_by(correction.correction_id)}
    assert sums[story["aiko"].party_id] == 250 * books.MICRO
    verify()
