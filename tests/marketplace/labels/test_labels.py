"""A label's papers: staff keep all of them, a label's own people see their label's part and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger import selectors as ledger
from ledger.domain import events
from ledger.services import clock, contracts, parties
from ledger.services.settlements import runs
from marketplace.accounts.models import LabelMembership, User
from marketplace.accounts.permissions import Role
from marketplace.labels import amounts, books, members
from marketplace.labels.access import Label
from tests.helpers import books as ledger_books
from tests.helpers.shop import Shop, day

pytestmark = pytest.mark.django_db

MICRO = 1_000_000
PAGES = ("", "groups/", "money/", "payees/", "conditions/", "runs/")
KINDS = ("contract", "group", "advance", "cost", "terms", "condition")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Company:
    """One label, one of its people, one artist with an element."""

    label_id: UUID
    person: User
    artist: User
    element_id: UUID


def company(shop: Shop, name: str) -> Company:
    person, artist = shop.person(f"{name}Person"), shop.creator(f"{name}Artist")
    label_id = parties.register(display_name=name, party_kind="company", key=f"party:{name}")
    members.add(user=person, label_id=label_id)
    return Company(
        label_id=label_id, person=person, artist=artist, element_id=shop.on_sale(artist, f"{name} song").entry_id
    )


@pytest.fixture
def staff(shop: Shop) -> Iterator[User]:
    with clock.at(day("2026-07-01")):
        yield shop.person("Anna", Role.LABEL_STAFF)


@pytest.fixture
def ours(shop: Shop, staff: User) -> Company:
    return company(shop, "Ours")


@pytest.fixture
def theirs(shop: Shop, staff: User) -> Company:
    return company(shop, "Theirs")


def sign(one: Company, staff: User, **more: Any) -> UUID:
    return contracts.sign_contract(
        label_id=one.label_id, party_id=one.artist.party_id, label_ppm=200_000, actor_id=staff.party_id, **more
    )


def page(shop: Shop, user: User, one: Company, path: str = "") -> Any:
    return shop.client(user).get(f"/label/{one.label_id}/{path}")


def send(shop: Shop, user: User, one: Company, what: str, **data: Any) -> Any:
    return shop.client(user).post(f"/label/{one.label_id}/new/{what}/", data)


# --------------------------------------------------------------------------------------------------- who sees what
def test_a_labels_own_people_see_their_label_and_no_other(shop, staff, ours, theirs) -> None:
    sign(ours, staff)
    sign(theirs, staff)
    artist = f"payees/{ours.artist.party_id}/"

    for path in (*PAGES, artist):
        assert page(shop, ours.person, ours, path).status_code == 200, path
        assert page(shop, staff, ours, path).status_code == 200, path
        assert page(shop, theirs.person, ours, path).status_code == 404, path
        assert page(shop, ours.artist, ours, path).status_code == 403, path
    assert page(shop, ours.person, ours, f"payees/{theirs.artist.party_id}/").status_code == 404
    assert shop.client(ours.person).get("/label/").headers["Location"] == f"/label/{ours.label_id}/"
    assert b"Theirs" in shop.client(staff).get("/label/").content


def test_another_labels_papers_cannot_be_written_or_ended(shop, staff, ours, theirs) -> None:
    contract_id = sign(ours, staff)
    group_id = contracts.create_group(label_id=ours.label_id, name="Hits", element_ids=[], actor_id=staff.party_id)
    condition_id = contracts.set_condition(
        label_id=ours.label_id, party_id=ours.artist.party_id, needs_party_ids=[theirs.artist.party_id],
        ignoring_advances=False, actor_id=staff.party_id,
    )  # fmt: skip
    intruder, size = shop.client(theirs.person), ledger.size()

    answers = [intruder.post(f"/label/{ours.label_id}/new/{what}/", {}).status_code for what in KINDS]
    for owner in (ours, theirs):  # by the right address and through one's own label
        answers.append(intruder.post(f"/label/{owner.label_id}/groups/{group_id}/", {"elements": []}).status_code)
        answers.append(intruder.post(f"/label/{owner.label_id}/conditions/{condition_id}/lift/").status_code)
    answers.append(intruder.post(f"/label/{ours.label_id}/contracts/{contract_id}/end/").status_code)

    assert set(answers) == {404}
    assert intruder.post(f"/label/{theirs.label_id}/contracts/{contract_id}/end/").status_code == 403
    assert ledger.size() == size


def test_only_staff_write_what_takes_a_share_from_somebody(shop, staff, ours) -> None:
    sign(ours, staff)

    assert [page(shop, ours.person, ours, f"new/{what}/").status_code for what in KINDS] == [
        403,
        200,
        200,
        200,
        403,
        200,
    ]
    asked = [f"new/{what}/?party={ours.artist.party_id}" for what in KINDS]
    assert [page(shop, staff, ours, one).status_code for one in asked] == [200] * 6
    assert b"New contract" not in page(shop, ours.person, ours).content
    assert b"New contract" in page(shop, staff, ours).content


def test_a_label_charges_only_its_own_artists(shop, staff, ours, theirs) -> None:
    sign(ours, staff)
    sign(theirs, staff)

    answer = send(shop, ours.person, ours, "advance", party=str(theirs.artist.party_id), currency="EUR", amount="10")

    assert answer.status_code == 422
    assert ledger.advances() == []


def test_a_list_asks_as_often_for_many_as_for_few(shop, staff, ours) -> None:
    step = [events.Escalation(units_from=5, label_ppm=1)]
    sign(ours, staff, escalations=step)
    client, counts = shop.client(staff), []
    for number in range(2):
        with CaptureQueriesContext(connection) as asked:
            for path in PAGES:
                client.get(f"/label/{ours.label_id}/{path}")
        counts.append(len(asked))
        for artist in (shop.creator(f"More{number}{letter}") for letter in "abc"):
            who = {"label_id": ours.label_id, "actor_id": staff.party_id}
            contracts.sign_contract(party_id=artist.party_id, label_ppm=1, escalations=step, **who)
            contracts.record_advance(party_id=artist.party_id, currency="EUR", amount_micro=1, **who)
            contracts.record_cost(mode="full", party_ids=[artist.party_id], currency="EUR", amount_micro=1, **who)
            contracts.set_condition(
                party_id=artist.party_id, needs_party_ids=[ours.artist.party_id], ignoring_advances=True, **who
            )

    assert counts[1] <= counts[0] + 4  # what was empty before is looked up once


# ----------------------------------------------------------------------------------------------------------- papers
def test_staff_sign_a_contract_with_steps_and_the_list_tells_how_far_they_are(shop, staff, ours) -> None:
    answer = send(
        shop,
        staff,
        ours,
        "contract",
        email=ours.artist.email,
        share="12.5",
        steps="2 25\n1000 30.0001",
        element="",
        group="",
    )
    assert answer.status_code == 302
    for date in ("2026-08-01", "2026-08-02"):
        ledger_books.sell(ours.element_id, at=date)

    (one,) = ledger.contracts(label_id=ours.label_id)
    shown = page(shop, ours.person, ours).content.decode()
    assert one.label_ppm == 125_000
    assert [(step.units_from, step.label_ppm) for step in one.escalations] == [(2, 250_000), (1000, 300_001)]
    assert "30.0001\u00a0% from 1000 units" in shown
    assert '<td class="num">25\u00a0%</td>' in shown


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"share": "120"}, "between 0 and 100 %"),
        ({"share": "1,500"}, "can be read in two ways"),
        ({"share": "1.00001"}, "finer than can be kept"),
        ({"steps": "many 3"}, "One a line"),
        ({"steps": "5 10\n5 20"}, "each at more than the one before"),
        ({"email": "nobody@example.org"}, "Nobody has an account"),
        ({"element": "the blue one"}, "Copy the address"),
        ({"element": str(UUID(int=5))}, "There is no such element"),
    ],
)
def test_what_is_wrong_with_a_contract_stands_beside_its_field(shop, staff, ours, wrong, words) -> None:
    right = {"email": ours.artist.email, "share": "20", "steps": "", "element": "", "group": ""}

    answer = send(shop, staff, ours, "contract", **right | wrong)

    (field,) = wrong
    errors = answer.context["form"].errors
    assert answer.status_code == 422
    assert list(errors) == [field]
    assert words in str(errors) or words in answer.content.decode()
    assert ledger.contracts() == []


def test_a_cost_is_shared_or_owed_in_full_as_it_was_chosen_and_keeps_its_invoice(shop, staff, ours) -> None:
    second = shop.creator("Second")
    sign(ours, staff)
    contracts.sign_contract(label_id=ours.label_id, party_id=second.party_id, label_ppm=1, actor_id=staff.party_id)
    both = {"currency": "EUR", "amount": "100.01", "parties": [str(ours.artist.party_id), str(second.party_id)]}

    missing = send(shop, ours.person, ours, "cost", **both)
    send(
        shop,
        ours.person,
        ours,
        "cost",
        mode="pro_rated",
        weights="1 1",
        **both,
        invoice=SimpleUploadedFile("i", b"paid"),
    )
    send(shop, ours.person, ours, "cost", mode="full", **both)

    assert list(missing.context["form"].errors) == ["mode"]
    shared, full = ledger.costs(label_id=ours.label_id)
    owed = {cost.cost_id: [] for cost in (shared, full)}
    for one in ledger.advances():
        owed[one.cost_id].append(one.amount_micro)
    assert owed == {shared.cost_id: [5000_500_000] * 2, full.cost_id: [10_001 * MICRO] * 2}
    assert ledger.document(shared.invoice_hash) == b"paid"


def test_a_groups_elements_are_chosen_among_those_of_its_artists(shop, staff, ours, theirs) -> None:
    sign(ours, staff)

    form = page(shop, ours.person, ours, "new/group/")
    send(shop, ours.person, ours, "group", name="Hits", elements=[str(ours.element_id)])

    (group,) = ledger.catalogue_groups(label_id=ours.label_id)
    assert "Ours song" in form.content.decode()
    assert "Theirs song" not in form.content.decode()
    assert (group.name, group.element_ids) == ("Hits", (ours.element_id,))
    shop.client(ours.person).post(f"/label/{ours.label_id}/groups/{group.group_id}/", {})
    assert ledger.catalogue_group(group.group_id).element_ids == ()


def test_terms_take_a_release_schedule(shop, staff, ours) -> None:
    sign(ours, staff)
    terms = {"party": str(ours.artist.party_id), "reserve": "10", "releases": "1 1 1 1", "withholding": "15"}

    send(shop, staff, ours, "terms", **terms, currency="JPY", minimum="500")
    finer = send(shop, staff, ours, "terms", **terms, currency="JPY", minimum="0.5")

    (one,) = ledger.payee_terms()
    assert (one.reserve_ppm, one.reserve_releases, one.withholding_ppm) == (100_000, (1, 1, 1, 1), 150_000)
    assert one.minimum_payout_minor == 500
    assert list(finer.context["form"].errors) == ["minimum"]


def test_a_change_of_terms_starts_from_those_in_force(shop, staff, ours) -> None:
    sign(ours, staff)
    terms = {"party": str(ours.artist.party_id), "reserve": "12,5", "releases": "1 1", "withholding": "0"}
    send(shop, staff, ours, "terms", **terms, currency="USD", minimum="7.50")

    shown = page(shop, staff, ours, f"new/terms/?party={ours.artist.party_id}").context["form"]

    assert {name: shown[name].value() for name in ("reserve", "releases", "currency", "minimum")} == {
        "reserve": "12.5", "releases": "1 1", "currency": "USD", "minimum": "7.50",
    }  # fmt: skip
    assert "7.50 USD" in shown.as_p()
    assert page(shop, staff, ours, "new/terms/").headers["Location"].endswith("/payees/")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1,250", "write 1250 or 1.250"),
        ("12,5", None),
        ("0", "above zero"),
        ("999999999999", "more than one amount can be"),
        ("x", "Write a number"),
    ],
)
def test_an_amount_is_read_in_one_way_or_refused_in_words(shop, staff, ours, typed, said) -> None:
    sign(ours, staff)

    answer = send(shop, staff, ours, "advance", party=str(ours.artist.party_id), currency="EUR", amount=typed)

    if said is None:
        assert [one.amount_micro for one in ledger.advances(label_id=ours.label_id)] == [1250 * MICRO]
    else:
        assert said in answer.content.decode()
        assert f'value="{typed}"' in answer.content.decode()
        assert not ledger.advances(label_id=ours.label_id)


def test_a_share_above_all_is_refused_beside_its_field_with_every_other_fault(shop, staff, ours) -> None:
    answer = send(shop, staff, ours, "contract", email="nobody@example.org", share="120", steps="x")

    assert set(answer.context["form"].errors) == {"email", "share", "steps"}


# ------------------------------------------------------------------------------------------------------------ books
def test_a_running_balance_ends_with_what_the_journal_says_is_owed(shop, staff, ours) -> None:
    second = shop.person("Bela", Role.LABEL_STAFF)
    sign(ours, staff)
    artist = ours.artist.party_id
    contracts.record_advance(
        label_id=ours.label_id, party_id=artist, currency="EUR", amount_micro=300 * MICRO, actor_id=staff.party_id
    )
    contracts.set_payee_terms(
        party_id=artist, currency="EUR", reserve_ppm=100_000, withholding_ppm=0, minimum_payout_minor=0,
        reserve_releases=[1, 1], actor_id=staff.party_id,
    )  # fmt: skip
    parties.connect_payouts(artist, stripe_account_id="acct_x", payouts_enabled=True)
    ledger_books.sell(ours.element_id, 5000, at="2026-08-01", fee_minor=0)
    run_id = ledger_books.settle("2026-08", by=staff, released_by=second)
    (payout,) = ledger.payouts_of_run(run_id)
    paid = {name: getattr(payout, name) for name in ("payout_id", "party_id", "currency")}
    ledger_books.write(
        events.PayoutPaid(gross_minor=payout.gross_minor, withheld_minor=0, payout_minor=payout.payout_minor, **paid),
        at="2026-09-03",
    )

    (book,) = books.full_books(artist)

    words = [line.entry.words.partition(" of ")[0].partition(" in ")[0] for line in book.lines]
    assert words == ["Advance", "Royalties", "Recouped", "Reserve taken", "Repaid", "Payout"]
    assert book.last.owed_after_micro == books.journal_owes(artist, "EUR")
    assert book.last.reserve_after_micro == -ledger.balance(f"reserve:{artist}", "EUR") > 0
    assert book.last.repay_after_micro == 0
    label = Label(label_id=ours.label_id, name="", staff=False)
    (part,) = books.label_books(label, artist)
    assert [line.entry.words for line in part.lines] == ["Advance", "Repaid of advance"]
    assert sum(books.parts_by_element(label).values()) == ledger_books.royalty(run_id, ours.label_id)
    assert runs.close_if_paid(run_id=run_id, actor_id=second.party_id)


def test_what_is_left_to_repay_is_told_to_the_last_decimal_so_that_rows_add_up(shop, staff, ours) -> None:
    contracts.record_advance(
        label_id=ours.label_id, party_id=ours.artist.party_id, currency="EUR", amount_micro=100_00 * MICRO,
        actor_id=staff.party_id,
    )  # fmt: skip
    ledger_books.sell(ours.element_id, 333, at="2026-08-01", fee_minor=0)
    run_id = ledger_books.settle("2026-08", by=staff, released_by=shop.person("Bela", Role.LABEL_STAFF))
    with clock.at(day("2026-09-05")):
        artist = page(shop, ours.person, ours, f"payees/{ours.artist.party_id}/").content.decode()
        money = page(shop, ours.person, ours, "money/").content.decode()

    royalty = ledger_books.royalty(run_id, ours.artist)
    assert royalty == 333 * MICRO * 85 // 100
    assert "−2.8305" in artist
    assert "97.1695" in artist
    assert "97.1695" in money


def test_a_label_reads_its_own_statement_and_not_its_artists(shop, staff, ours, theirs) -> None:
    second = shop.person("Bela", Role.LABEL_STAFF)
    sign(ours, staff)
    ledger_books.sell(ours.element_id, 5000, at="2026-08-01", fee_minor=0)
    run_id = ledger_books.settle("2026-08", by=staff, released_by=second)
    its_own = f"/statements/{ledger_books.statement(run_id, ours.label_id).statement_id}/"
    artists = f"/statements/{ledger_books.statement(run_id, ours.artist).statement_id}/"

    assert its_own in page(shop, ours.person, ours, "runs/").content.decode()
    assert shop.client(ours.person).get(its_own).status_code == 200
    assert shop.client(ours.person).get(artists).status_code == 404
    assert shop.client(theirs.person).get(its_own).status_code == 404
    assert "Royalties" not in page(shop, ours.person, ours, f"payees/{ours.artist.party_id}/").content.decode()
    assert "Royalties" in page(shop, staff, ours, f"payees/{ours.artist.party_id}/").content.decode()


# ---------------------------------------------------------------------------------------------------------- members
def test_an_operator_opens_a_label_and_adds_and_removes_its_people(shop, staff) -> None:
    operator, rhea = shop.person("Oto", Role.OPERATOR), shop.person("Rhea")
    client = shop.client(operator)

    unknown = client.post("/label/members/", {"email": "who@example.org", "label": "", "new_label": "New Wave"})
    client.post("/label/members/", {"email": rhea.email, "label": "", "new_label": "New Wave"})

    assert list(unknown.context["form"].errors) == ["email"]
    membership = LabelMembership.objects.get(user=rhea)
    assert ledger.party(membership.label_id).display_name == "New Wave"
    assert shop.client(rhea).get("/label/", follow=True).status_code == 200
    client.post(f"/label/members/{membership.pk}/remove/")
    assert shop.client(User.objects.get(pk=rhea.pk)).get("/label/").status_code == 403
    assert shop.client(staff).get("/label/members/").status_code == 403


# ---------------------------------------------------------------------------------------------------------- amounts
def test_amounts_are_read_exactly_or_not_at_all() -> None:
    assert amounts.minor("1 250.5", "EUR") == 125_050
    assert amounts.minor("1250", "JPY") == 1250
    assert amounts.minor("12,5", "EUR") == amounts.minor("12.50", "EUR") == 1250
    assert amounts.micro("0.01", "EUR") == MICRO
    assert amounts.ppm("33.3333 %") == 333_333
    assert amounts.whole_numbers("2, 1:1") == [2, 1, 1]
    for text in ("", "-5", "1e3", "1,500", "1,5,5", "0,001", "0.001", "9" * 16, "NaN"):
        with pytest.raises(ValidationError):
            amounts.minor(text, "EUR")
