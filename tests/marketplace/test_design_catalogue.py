"""The living catalogue: for operators, every component with its states, under the strict content policy."""

import wave
from io import BytesIO

import pytest
from django.contrib.auth.models import Group

from marketplace.accounts.models import User
from marketplace.dashboards import design_samples
from marketplace.dashboards.design import COMPONENTS

pytestmark = pytest.mark.django_db


def sign_in(client, *roles):
    user = User.objects.create_user("ana@example.org", "correct horse battery", display_name="Ana")
    user.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
    client.force_login(user)


def test_visitors_are_asked_to_sign_in(client):
    assert client.get("/design/").status_code == 302


def test_people_without_the_role_are_refused(client):
    sign_in(client, "creator", "label_staff")

    assert client.get("/design/").status_code == 403


def test_operators_see_every_component(client):
    sign_in(client, "operator")

    page = client.get("/design/").content.decode()

    assert [name for name in COMPONENTS if f'id="part-{name}"' not in page] == []


@pytest.mark.parametrize("name", COMPONENTS)
def test_each_component_has_a_page_of_its_own(client, name):
    sign_in(client, "operator")

    assert client.get(f"/design/{name}/").status_code == 200


def test_an_unknown_component_is_not_found(client):
    sign_in(client, "operator")

    assert client.get("/design/carousel/").status_code == 404


def test_a_page_forbids_everything_inline(client):
    sign_in(client, "operator")

    policy = client.get("/design/tuner/").headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_sample_sound_is_a_real_one():
    with wave.open(BytesIO(design_samples.sound(3))) as sound:
        assert sound.getnframes() == design_samples.SAMPLE_RATE_HZ * design_samples.SECONDS


def test_samples_are_the_same_every_time():
    assert design_samples.row(4) == design_samples.row(4)
