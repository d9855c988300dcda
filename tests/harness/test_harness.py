"""Small doses of the harness programs: whoever breaks them, or what they watch over, is told by the tests."""

from __future__ import annotations

import pytest

from tests.harness import planted, tail, tamper


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_kind_of_attack_is_found_against_a_witnessed_checkpoint():
    tamper.tell(range(1, 3))

    missed = tamper.run(attacks=len(tamper.ATTACKS), seed=3, say=lambda words: None, each_once=True)

    assert missed == []


def test_every_planted_fault_still_fits_the_code_and_there_are_enough():
    assert len(planted.FAULTS) >= 15
    assert len({fault.name for fault in planted.FAULTS}) == len(planted.FAULTS)
    for fault in planted.FAULTS:
        assert (planted.ROOT / fault.file).read_text().count(fault.right) == 1, fault.name
        assert fault.right != fault.wrong
        for tests in fault.tests.split():
            assert tests == "crash" or (planted.ROOT / tests).exists(), tests


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_readers_that_tail_miss_nothing_while_writers_write_and_roll_back():
    assert tail.run(events=3000, writers=8, readers=3, say=lambda words: None) == 0
