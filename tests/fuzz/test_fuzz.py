"""A seeded handful of what `python -m tests.fuzz` throws by the million."""

from collections import Counter

from tests.fuzz.inputs import Inputs, try_input


def test_broken_files_of_every_format_are_read_or_refused():
    inputs = Inputs(seed=7)

    outcomes = Counter(try_input(*inputs.made(index)) for index in range(1, 1_200))

    assert {"read", "refused: unreadable_file", "refused: unsupported_format"} <= outcomes.keys()
    assert {inputs.kind_of(index) for index in range(1, 1_200)} == set(inputs.kinds)


def test_the_same_number_gives_the_same_bytes():
    assert Inputs(seed=7).made(11) == Inputs(seed=7).made(11) != Inputs(seed=8).made(11)


def test_a_transposition_of_many_digits_takes_no_time():
    """Input 3050 of seed 1 once counted down from it, twelve by twelve."""
    assert try_input(*Inputs(seed=1).made(3050)).startswith(("read", "refused"))
