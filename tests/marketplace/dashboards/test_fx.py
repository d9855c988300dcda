"""Rates of exchange: taken from a file line by line, used for reading alone, always with source and day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ledger.services import clock
from marketplace.accounts.permissions import Role
from marketplace.dashboards import fx
from marketplace.dashboards.models import FxRate
from tests.helpers import books
from tests.helpers.shop import Shop, day

pytestmark = pytest.mark.django_db

TODAY = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
HISTORY = (
    b"Date,USD,JPY,LTL,\n2026-11-19,1.1000,180.00,N/A,\n2026-11-18,1.2000,181.5,N/A,\n1999-01-04,1.1789,133.73,4.717,\n"
)


def test_a_file_of_the_ecb_is_taken_with_its_holes_and_its_old_days_left_out() -> None:
    with clock.at(TODAY):
        taken = fx.take_file(HISTORY, source="ECB")
        again = fx.take_file(HISTORY, source="ECB")

    assert (taken.days, taken.rates, taken.left_out_days, taken.newest) == (2, 4, 1, dt.date(2026, 11, 19))
    assert again.rates == 4
    assert FxRate.objects.count() == 4
    assert FxRate.objects.get(date="2026-11-19", quote="USD").rate == "1.1000"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "line 1"),
        (b"Day,USD\n2026-11-19,1.1\n", "line 1: the first column must be called Date"),
        (b"Date,US$\n2026-11-19,1.1\n", "line 1: 'US$' is no currency"),
        (b"Date,USD,USD\n2026-11-19,1.1,1.1\n", "line 1: USD stands twice"),
        (b"Date,USD\n19.11.2026,1.1\n", "line 2: '19.11.2026' is no date"),
        (b"Date,USD\n2026-11-19,1.1\n2026-11-19,1.2\n", "line 3: 2026-11-19 stands twice"),
        (b"Date,USD\n2026-11-19,1.1e3\n", "line 2, USD: '1.1e3' is no rate"),
        (b"Date,USD\n2026-11-19,0.0\n", "line 2, USD: '0.0' is no rate"),
        (b"Date,USD\n2026-11-19,-1\n", "line 2, USD"),
        (b"Date,USD\n2027-01-01,1.1\n", "line 2: 2027-01-01 is in the future"),
        (b"Date,USD\n2026-11-19,1.1,7\n", "line 2: more cells"),
        (b"Date,USD\n1999-01-04,1.1\n", "no day of the last 400"),
        (b"Date,USD\n\xff\xfe", "no CSV in UTF-8"),
        (b'Date,USD\n2026-11-19,"1.1', "no CSV in UTF-8"),
    ],
)
def test_a_file_with_a_fault_is_refused_whole_and_the_line_is_named(data: bytes, told: str) -> None:
    with clock.at(TODAY), pytest.raises(fx.RatesError) as caught:
        fx.take_file(data, source="ECB")

    assert told in str(caught.value)
    assert not FxRate.objects.exists()


def test_many_faults_are_told_as_fifty_and_a_count() -> None:
    data = b"Date,USD\n" + b"never,1\n" * 70

    with clock.at(TODAY), pytest.raises(fx.RatesError) as caught:
        fx.take_file(data, source="ECB")

    assert (len(caught.value.faults), caught.value.more) == (50, 20)


def test_amounts_read_in_one_currency_with_rates_of_one_day() -> None:
    with clock.at(TODAY):
        fx.take_file(HISTORY, source="ECB")

        in_euro = fx.approximate({"EUR": 1000, "USD": 1100}, currency="EUR")
        in_yen = fx.approximate({"USD": 1100}, currency="JPY")
        nothing_foreign = fx.approximate({"EUR": 1000, "USD": 0}, currency="EUR")
        no_rate = fx.approximate({"GBP": 5}, currency="EUR")

    assert in_euro is not None
    assert (in_euro.amount_minor, in_euro.date, in_euro.source) == (2000, dt.date(2026, 11, 19), "ECB")
    assert in_yen is not None
    assert in_yen.amount_minor == 1800  # 11.00 USD = 10 EUR = 1800 JPY, which has no smaller unit
    assert nothing_foreign is None
    assert no_rate is None


def test_a_day_that_lacks_a_rate_gives_way_to_the_newest_that_has_all() -> None:
    with clock.at(TODAY):
        fx.take_file(b"Date,USD,JPY\n2026-11-19,N/A,180\n2026-11-18,1.25,181\n", source="ECB")

        found = fx.approximate({"USD": 125, "JPY": 0}, currency="EUR")

    assert found is not None
    assert (found.amount_minor, found.date) == (100, dt.date(2026, 11, 18))


def test_staff_upload_rates_and_a_creator_reads_totals_marked_as_approximate(shop: Shop) -> None:
    with clock.at(day("2026-07-01")):
        mira, anna = shop.creator("Mira"), shop.person("Anna", Role.LABEL_STAFF)
        listing = shop.on_sale(mira)
    books.sell(listing.entry_id, at="2026-08-01")
    newest = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    table = f"Date,USD,\n{newest},1.1000,\n".encode()
    staff, creator = shop.client(anna), shop.client(mira)

    refused = staff.post("/settlements/rates/", {"rates": SimpleUploadedFile("r.csv", b"Date,USD\nx,1\n")})
    not_hers = creator.get("/settlements/rates/")
    taken = staff.post("/settlements/rates/", {"rates": SimpleUploadedFile("r.csv", table)})
    before = creator.get("/earnings/").content.decode()
    creator.post("/earnings/currency/", {"currency": "USD"})
    after = creator.get("/earnings/").content.decode()
    creator.post("/earnings/currency/", {"currency": "nonsense"})
    creator.post("/earnings/currency/", {"currency": ""})

    assert (refused.status_code, not_hers.status_code, taken.status_code) == (422, 403, 302)
    assert "line 2" in refused.content.decode()
    assert "≈" not in before
    assert "≈" in after
    assert f"(ECB, {newest.day} {newest:%B %Y})" in " ".join(after.split()).replace('<span class="muted small">', "")
    assert "≈" not in creator.get("/earnings/").content.decode()


def test_demo_rates_say_so_and_give_way_to_real_ones() -> None:
    with clock.at(TODAY):
        fx.take_file(b"Date,USD\n2026-11-20,9\n", source="demo", is_demo=True)
        demo = fx.approximate({"USD": 900}, currency="EUR")
        fx.take_file(HISTORY, source="ECB")
        real = fx.approximate({"USD": 1100}, currency="EUR")

    assert demo is not None
    assert demo.is_demo
    assert real is not None
    assert not real.is_demo
