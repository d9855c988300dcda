"""The page of notes and chords: any tuning can be shown and played on it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.production.test_scales import SCALE

pytestmark = pytest.mark.django_db


def test_any_number_of_steps_is_shown_with_its_frequencies(client):
    page = client.get("/tuner/?edo=31")

    assert page.status_code == 200
    assert "31 equal steps" in page.text
    assert page.text.count("data-degree=") == 32
    assert "387.097" in page.text


def test_a_scala_file_is_shown_and_nothing_is_kept_of_it(client):
    file = SimpleUploadedFile("slendro.scl", SCALE)

    page = client.post("/tuner/", {"scale_file": file})

    assert page.status_code == 200
    assert "A slendro, after a gamelan" in page.text
    assert "7/6" in page.text
    assert "5 notes, repeating every 1,200 cents" in page.text


def test_the_name_of_a_scale_is_text(client):
    file = SimpleUploadedFile("odd.scl", b"<script>alert(1)</script>\n1\n 2/1\n")

    page = client.post("/tuner/", {"scale_file": file})

    assert "<script>alert(1)" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


@pytest.mark.parametrize("name", ["nothing", "broken"])
def test_what_is_no_scale_is_refused_in_words(client, name):
    files = {"nothing": {}, "broken": {"scale_file": SimpleUploadedFile("x.scl", b"name\n3\n 100.\n")}}[name]

    page = client.post("/tuner/", files)

    assert page.status_code == 422
    assert "This scale could not be read" in page.text


def test_a_number_of_steps_that_divides_nothing_is_refused_in_words(client):
    page = client.get("/tuner/?edo=0")

    assert (page.status_code, "Give a whole number of steps" in page.text) == (422, True)
