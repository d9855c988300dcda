"""What is asked of a capability: every one is credited in the ledger's words, and typed chords are read or refused."""

from __future__ import annotations

from typing import get_args

import pytest

from engine.recommend import registry
from ledger.domain.events import Role
from production.errors import BadParameterError, UnknownProcessError
from production.services import asking
from production.services.asking import Asked


@pytest.mark.parametrize("name", registry.names())
def test_whoever_keeps_a_proposal_is_credited_in_the_ledgers_words(name: str) -> None:
    assert asking.role_of(asking.capability(name)) in get_args(Role)


def test_who_keeps_a_melody_wrote_it_and_who_keeps_a_performance_played_it() -> None:
    roles = {name: asking.role_of(asking.capability(name)) for name in ("melody", "performance", "variation")}

    assert roles == {"melody": "songwriter", "performance": "musician", "variation": "arranger"}


def test_typed_chords_are_kept_in_their_plain_form_and_nothing_else_is() -> None:
    found = asking.capability("melody")

    assert asking.typed(" C |Am,F\n G7  | % ", found) == "C | Am F | G7 | %"
    for wrong in ("", "C", "C | my friend's song | G", "C | H | G", "C | " * 200):
        with pytest.raises(BadParameterError):
            asking.typed(wrong, found)


def test_a_job_says_the_same_as_the_request_and_older_jobs_asked_for_chorales() -> None:
    asked = Asked(capability="melody", seed=7, count=2, values={"density": "medium"}, given="C | G")

    assert Asked.from_arguments(asked.as_arguments()) == asked
    old = Asked.from_arguments({"element_id": "x", "input_hash": "y", "seed": 3, "variants": 2})
    assert (old.seed, old.count) == (3, 2)
    with pytest.raises(UnknownProcessError):
        asking.capability("nothing")
