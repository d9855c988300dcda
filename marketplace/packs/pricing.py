"""The one division of a pack's price: over its elements, by their own single prices.

What a buyer has already is left out together with its part, so that every other owner gets the same whoever buys.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from ledger.domain.settlement import allocate


def parts_of(price_minor: int, singles_minor: Sequence[int]) -> list[int]:
    """What of the price is each element's: largest remainder, weights the single prices, ties to the earlier place."""
    return allocate(price_minor, list(singles_minor))


def tax_within(gross_minor: int) -> int:
    """The tax inside a gross amount."""
    return gross_minor * settings.TAX_PPM // (1_000_000 + settings.TAX_PPM)


def taxes_of(parts_minor: Sequence[int]) -> list[int]:
    """The tax inside the whole price, divided by what each element's part is: no line is taxed beyond its part."""
    return allocate(tax_within(sum(parts_minor)), list(parts_minor))
