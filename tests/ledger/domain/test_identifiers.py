from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.errors import IdentifierError
from ledger.domain.identifiers import ipi_check_digits, iswc_check_digit, normalise, pretty

NINE_DIGITS = st.text("0123456789", min_size=9, max_size=9)


@pytest.mark.parametrize(
    ("scheme", "written", "kept"),
    [
        ("isrc", "us-rc1-76-07839", "USRC17607839"),
        ("isrc", " ISRC DE-A12-24-00001 ", "DEA122400001"),
        ("isrc", "QZES61912345", "QZES61912345"),
        ("iswc", "T-034.524.680-1", "T0345246801"),
        ("iswc", "ISWC: T-034.524.680-1", "T0345246801"),
        ("isni", "0000 0001 2103 2683", "0000000121032683"),
        ("isni", "ISNI 0000 0001 2150 090X", "000000012150090X"),
        ("ipi", "14107338", "00014107338"),
    ],
)
def test_identifiers_are_kept_in_one_form(scheme, written, kept):
    assert normalise(scheme, written) == kept
    assert normalise(scheme, pretty(scheme, kept)) == kept


@pytest.mark.parametrize(
    ("scheme", "written", "what"),
    [
        ("isrc", "DEA12240000", "has 11"),
        ("isrc", "DEA1224OOO01", "ends in 7 digits"),
        ("isrc", "1EA122400001", "begins with two letters"),
        ("isrc", "XX-A12-24-00001", "no agency"),
        ("isrc", "DEÄ122400001", "begins with two letters"),
        ("iswc", "T-034.524.680-2", "should be 1"),
        ("iswc", "W-034.524.680-1", "T and 10 digits"),
        ("iswc", "T-٠٣٤.524.680-1", "T and 10 digits"),
        ("isni", "0000 0001 2103 2684", "does not fit"),
        ("isni", "0000 0001 2103 26", "has 14"),
        ("ipi", "00014107339", "should be 38"),
        ("ipi", "the same 2", "at most 11 digits"),
        ("isrc", "  -. ", "is empty"),
        ("isrc", "A" * 200, "200 characters"),
        ("ean", "4006381333931", "no scheme"),
    ],
)
def test_a_wrong_identifier_is_told_what_is_wrong(scheme, written, what):
    with pytest.raises(IdentifierError, match=what):
        normalise(scheme, written)


@given(NINE_DIGITS, st.integers(0, 8), st.integers(1, 9))
def test_one_mistyped_digit_of_an_iswc_is_found_where_its_weight_lets_it(digits, place, shift):
    """The weights 1 to 9 share factors with 10 (2, 4, 5, 6, 8): there the standard itself cannot see every slip."""
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]

    seen = iswc_check_digit(wrong) != iswc_check_digit(digits)

    assert seen == (((place + 1) * shift) % 10 != 0)


@given(NINE_DIGITS, st.integers(0, 8), st.integers(1, 9))
def test_one_mistyped_digit_of_an_ipi_is_always_found(digits, place, shift):
    """All but one case: remainders 0 and 1 both print 00, so they look alike."""
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]

    rests = {sum((10 - i) * int(d) for i, d in enumerate(one)) % 101 for one in (digits, wrong)}

    assert len(rests) == 2
    assert (ipi_check_digits(wrong) != ipi_check_digits(digits)) or rests == {0, 1}
