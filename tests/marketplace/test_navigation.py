"""Menus: the pages a person may open, and which of them they are on."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group

from marketplace.accounts.models import User
from marketplace.config.navigation import PLACES, current_path, places_for


def paths(user):
    return {place.path for place in places_for(user)}


def test_visitors_see_only_what_everyone_may_open():
    allowed = {place.path for place in PLACES if place.permission == "shop.browse"}

    assert "/" in paths(AnonymousUser())
    assert paths(AnonymousUser()) <= allowed


@pytest.mark.django_db
def test_creators_see_uploads_and_no_settlements():
    user = User.objects.create_user("mira@example.org", "correct horse battery", display_name="Mira")
    user.groups.add(Group.objects.get_or_create(name="creator")[0])

    assert "/upload/" in paths(user)
    assert not {"/settlements/", "/claims/", "/design/"} & paths(user)


def test_a_page_lies_in_the_place_with_the_longest_path_that_begins_it():
    places = list(PLACES)

    assert current_path("/", places) == "/"
    assert current_path("/library/", places) == "/library/"
    assert current_path("/elements/0190/provenance/", places) == "/elements/"
    assert current_path("/sign-in/", places) == ""
