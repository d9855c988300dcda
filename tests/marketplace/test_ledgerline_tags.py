"""How figures are written: exact, with a true minus, in the reader's locale."""

import base64

import pytest
from django.template import Context, Template
from django.utils import translation

from marketplace.templatetags import facts
from marketplace.templatetags import ledgerline as tags


def render(source, **context):
    return Template("{% load ledgerline %}" + source).render(Context(context))


def plain(html):
    return html.replace('<span class="money__currency">', "").replace("</span>", "").split(">", 1)[1]


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (123456, "EUR", "1,234.56 EUR"),
        (5, "USD", "0.05 USD"),
        (0, "TWD", "0.00 TWD"),
        (1234567, "JPY", "1,234,567 JPY"),
        (1234567, "KWD", "1,234.567 KWD"),
        ("900719925474099300", "EUR", "9,007,199,254,740,993.00 EUR"),
    ],
)
def test_money_is_written_in_full_with_its_currency(amount, currency, words):
    assert plain(tags.money(amount, currency)) == words


def test_a_negative_amount_has_a_true_minus_and_its_own_class():
    html = tags.money(-150, "EUR")

    assert "\u22121.50" in html
    assert "money--negative" in html
    assert "-1" not in html


def test_an_absent_amount_is_a_dash_and_not_a_zero():
    assert "–" in tags.money(None, "EUR")


def test_money_follows_the_readers_locale():
    with translation.override("de"):
        assert plain(tags.money(123456, "EUR")) == "1.234,56 EUR"


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (123456789, "EUR", "1.23456789 EUR"),
        (100000000, "EUR", "1.00 EUR"),
        (150000000, "EUR", "1.50 EUR"),
        (1, "EUR", "0.00000001 EUR"),
        (2500000, "JPY", "2.5 JPY"),
        (2000000, "JPY", "2 JPY"),
    ],
)
def test_micro_money_is_exact_and_no_longer_than_it_needs(amount, currency, words):
    assert plain(tags.micro(amount, currency)) == words


@pytest.mark.parametrize(
    ("parts", "words"), [(1_000_000, "100 %"), (333_333, "33.3333 %"), (500, "0.05 %"), (0, "0 %"), (None, "–")]
)
def test_a_share_is_an_exact_percentage(parts, words):
    assert tags.ppm(parts).replace("\u00a0", " ") == words


@pytest.mark.parametrize(("seconds", "words"), [(0, "0:00"), (83.9, "1:23"), (3671, "1:01:11"), (None, "–")])
def test_durations_read_as_a_clock(seconds, words):
    assert tags.duration(seconds) == words


def test_sizes_are_said_in_the_unit_people_use():
    assert tags.bytesize(14_600_000).replace("\u00a0", " ") == "14.6 MB"
    assert tags.bytesize(999).replace("\u00a0", " ") == "999 B"


def test_peaks_travel_as_one_byte_a_column_with_the_loudest_at_the_top():
    packed = base64.b64decode(tags.peakbytes([(-0.5, 0.25), (-0.1, 0.2), 0.25, 0.0], 2))

    assert list(packed) == [255, 128]


def test_no_peaks_are_no_attribute():
    assert tags.peakbytes([]) == ""
    assert tags.peakbytes(None) == ""


def test_a_name_keeps_its_hue():
    assert tags.hue("Mira") == tags.hue("Mira")
    assert {tags.hue(str(number)) for number in range(100)} == set(range(1, 9))


def test_a_split_bar_begins_each_share_where_the_last_one_ends():
    html = render("{% split_bar shares %}", shares=[{"name": "Ana", "ppm": 600_000}, {"name": "Bo", "ppm": 400_000}])

    assert 'x="0.0000%" width="60.0000%"' in html
    assert 'x="60.0000%" width="40.0000%"' in html
    assert "style=" not in html


def test_names_in_components_are_escaped():
    row = {"id": "1", "title": '"><script>', "kind": "midi", "url": "/x", "maker": "<b>", "cover_url": "", "key": ""}

    html = render("{% element_row row %}", row=row)

    assert "<script>" not in html
    assert "<b>" not in html


def test_json_in_an_attribute_is_escaped():
    assert render('<i data="{{ value|json }}">', value={"a": '"'}) == '<i data="{&quot;a&quot;:&quot;\\&quot;&quot;}">'


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("another run is open: close or discard it first", "Another run is open: close or discard it first."),
        ("“10%” is no number", "“10%” is no number."),
        ("7f0c2d3e-1 takes money back of no sale", "7f0c2d3e-1 takes money back of no sale."),
        ("Booked.", "Booked."),
        ("Is it yours?", "Is it yours?"),
    ],
)
def test_a_refusal_is_shown_as_a_sentence(told, shown):
    assert facts.sentence(told) == shown
