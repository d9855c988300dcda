"""The demo on an empty database: counts, a second run, an audit of everything, statements that add up."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.test import override_settings

from ledger import selectors as ledger
from ledger.domain import events
from ledger.services import audit, dispatch
from ledger.services.settlements import periods
from marketplace.accounts.models import LabelMembership, User
from marketplace.catalogue import pages
from marketplace.catalogue.models import Entry, Listing
from marketplace.checkout.orders import Order
from marketplace.dashboards import earnings, settlements
from marketplace.demo import cast
from production import selectors as production
from tests.helpers import database

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The words of a first run, on a database that holds nothing else."""
    var = tmp_path_factory.mktemp("demo")
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(var / "content")}}
    with (
        django_db_blocker.unblock(),
        override_settings(
            VAR_DIR=var,
            STORAGES=settings.STORAGES | {"default": storage},
            STRIPE_SANDBOX_KEY_FILE=var / "keys" / "sandbox.json",
            SANDBOX_URL="http://127.0.0.1:1",
            LEDGER_KEY_DIR=var / "log-keys",
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ),
    ):
        database.empty()
        yield said()
        database.empty()


@pytest.fixture(autouse=True)
def _may_read(demo: str, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def said() -> str:
    """What the command prints."""
    out = io.StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


def kinds() -> Counter[str]:
    """How many events of each kind."""
    return Counter(record.event.kind for record in ledger.all_records())


def test_eighty_elements_of_all_six_kinds_are_on_sale_with_drawn_covers_and_previews() -> None:
    entries = Entry.objects.filter(listings__status__in=[Listing.Status.ON_SALE, Listing.Status.SOLD]).distinct()

    assert entries.count() >= 80
    assert set(entries.values_list("kind", flat=True)) == set(production_kinds())
    assert not entries.filter(cover_svg="").exists()
    assert all(production.element(entry.element_id).version.preview_url for entry in entries)


def production_kinds() -> tuple[str, ...]:
    """The six kinds."""
    return ("midi", "progression", "melody", "wave", "sound", "mix_setting")


def test_the_cast_is_there_and_the_command_names_them(demo: str) -> None:
    groups = Counter(name for user in User.objects.all() for name in user.groups.values_list("name", flat=True))

    assert groups == {"creator": 8, "label_staff": 2, "label_member": 1, "operator": 1}
    assert User.objects.filter(groups=None).count() == 12
    assert LabelMembership.objects.count() == 3
    assert all(person.email in demo for person in (*cast.CREATORS, *cast.STAFF))
    assert cast.PASSWORD in demo


def test_three_months_hold_sales_refunds_disputes_plans_claims_and_an_exclusive_sale() -> None:
    found = kinds()
    times = [record.at for record in ledger.all_records()]

    assert found["order.paid.v2"] >= 200
    assert found["order.refunded.v1"] >= 3
    assert (found["dispute.opened.v1"], found["dispute.won.v1"], found["dispute.lost.v1"]) == (3, 1, 1)
    assert found["subscription.started.v1"] == 3  # two bought, one after a trial
    assert (found["trial.started.v1"], found["trial.ended.v1"]) == (3, 2)
    assert found["pack.published.v1"] >= 3
    assert found["role.corrected.v1"] >= 10
    assert found["credits.spent.v1"] >= 8
    assert len(ledger.open_claims()) == 2  # Niamh's copy, and a duet whose source is not named yet
    assert Listing.objects.filter(licence_kind="exclusive", status=Listing.Status.SOLD).count() == 1
    assert (times[-1] - times[0]).days >= 80
    assert times == sorted(times)


def test_orders_are_dated_as_the_ledger_dates_them() -> None:
    at = {r.event.order_id: r.at for r in ledger.all_records() if isinstance(r.event, events.OrderPlaced)}

    assert all(order.created_at == at[order.id] for order in Order.objects.all())


def test_some_elements_are_three_derivations_deep() -> None:
    def depth(element_id: UUID) -> int:
        return max((1 + depth(edge.parent_id) for edge in ledger.parents_of(element_id)), default=0)

    deep = [entry.element_id for entry in Entry.objects.all() if depth(entry.element_id) >= 3]

    assert len(deep) >= 5


def test_one_settlement_is_closed_and_one_waits_for_a_second_person() -> None:
    runs = {run.state: run for run in ledger.runs()}

    assert sorted(runs) == ["approved", "closed"]
    assert periods.parse(runs["closed"].period).end < periods.parse(runs["approved"].period).end
    assert all(payout.state == "paid" for payout in ledger.payouts_of_run(runs["closed"].run_id))
    assert kinds()["advance.recouped.v1"] == 2  # an advance, and one artist's part of a cost


def test_the_lines_of_every_statement_sum_to_its_royalty() -> None:
    (closed,) = [run for run in ledger.runs() if run.state == "closed"]
    statements = ledger.statements_of_run(closed.run_id)

    assert len(statements) >= 10
    for statement in statements:
        lines = ledger.document(statement.lines_hash)
        assert lines is not None
        total = sum(int(row["amount_micro"]) for row in csv.DictReader(io.StringIO(lines.decode())))
        assert total == statement.royalty_micro


def test_money_waits_in_escrow_for_someone_who_was_only_invited() -> None:
    party = ledger.party_by_email(cast.INVITED)

    assert party is not None
    assert not party.claimed
    assert ledger.balance(f"escrow:{party.party_id}", "EUR") < 0


def test_nothing_is_left_for_the_workers_to_do() -> None:
    assert dispatch.due() == []


def test_a_second_run_changes_nothing() -> None:
    before = ledger.size(), Order.objects.count(), Entry.objects.count()

    words = said()

    assert "already" in words
    assert (ledger.size(), Order.objects.count(), Entry.objects.count()) == before


def test_the_whole_log_verifies_and_every_projection_can_be_rebuilt() -> None:
    assert audit.verify().size == ledger.size()


def test_a_site_with_a_history_of_its_own_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cast, "has_come", lambda: False)
    before = ledger.size()

    with pytest.raises(CommandError, match="history of its own"):
        call_command("demo", stdout=io.StringIO())

    assert ledger.size() == before


def test_money_in_a_run_that_waits_is_shown_as_on_its_way() -> None:
    party = ledger.party_by_email(cast.CREATORS[0].email)
    assert party is not None

    (waiting,) = earnings.waiting(party.party_id)
    euros = next(one for one in earnings.standings(party.party_id) if one.currency == "EUR")

    assert waiting[1]["EUR"] > 0
    assert euros.on_the_way_micro == waiting[1]["EUR"] + earnings.estimates(party.party_id)["EUR"]
    assert len(earnings.months(party.party_id)) == 3


def test_the_run_that_waits_says_who_cannot_be_paid_and_why() -> None:
    (run,) = [run for run in ledger.runs() if run.state == "approved"]

    why = {(row.name, row.currency): row.why_not for row in settlements.run_rows(run)}

    assert why["Omar Haddad", "EUR"] == "has not opened a payout account"
    assert why["Niamh Byrne", "EUR"] == "the payout account is not complete"
    assert why["Mira Sandoval", "EUR"] == ""


def test_a_visitor_is_not_told_who_bought_what() -> None:
    buyers = set(User.objects.filter(groups=None).values_list("party_id", flat=True))
    paid = (r.event for r in ledger.all_records() if isinstance(r.event, events.OrderPaid))
    sold = next(order for order in paid if order.buyer_id in buyers)
    element_id = sold.lines[0].element_id
    entry = Entry.objects.get(pk=element_id)
    buyer = User.objects.get(party_id=sold.buyer_id)

    public = {name for _record, name in pages.provenance_page(entry, AnonymousUser())["records"]}
    own = {name for _record, name in pages.provenance_page(entry, buyer)["records"]}

    assert buyer.display_name not in public
    assert "a buyer" in public
    assert "you" in own


def test_the_accounts_show_what_their_lines_promise() -> None:
    party = {person.mail: ledger.party_by_email(person.email) for person in cast.BUYERS}

    def statuses(mail: str) -> set[str]:
        one = party[mail]
        assert one is not None
        return set(Order.objects.filter(buyer_id=one.party_id).values_list("status", flat=True))

    assert "refunded" in statuses("carys")
    assert "disputed" in statuses("dmitri")


def test_a_model_helped_once_and_its_input_is_paid(demo: str) -> None:
    (element_id,) = Entry.objects.filter(generated=True).values_list("element_id", flat=True)
    generation = ledger.generation(element_id)

    assert generation is not None
    (parent,) = ledger.parents_of(element_id)
    assert [str(parent.parent_id)] == generation.inputs
    assert parent.upstream_ppm == settings.GENERATION_UPSTREAM_PPM
    assert ledger.licences_for(element_id)
