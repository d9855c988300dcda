"""Small doses of the harness programs: whoever breaks them, or what they watch over, is told by the tests."""

from __future__ import annotations

import pytest

from tests.harness import tamper


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_kind_of_attack_is_found_against_a_witnessed_checkpoint():
    tamper.tell(range(1, 3))

    missed = tamper.run(attacks=len(tamper.ATTACKS), seed=3, say=lambda words: None, each_once=True)

    assert missed == []
