"""Every limit of a settlement run, in one place. Within them no sum of a run passes 63 bits."""

PPM = 1_000_000
"""Shares are whole parts per million: this many make all."""

MICRO_PER_MINOR = 1_000_000
"""1 minor unit (a cent, a yen) in micro."""

MINOR_MAX = 10**10
"""Largest amount of one field in minor units, either way."""

MICRO_MAX = 10**17
"""Largest amount of one field in micro units, either way."""

NET_MINOR_MAX = 2 * 10**12
"""Largest sum over elements of |net|, per currency, in minor units."""

REVENUE_LINES_MAX = 250_000_000
"""So many lines of three amounts at their largest still sum within 63 bits before the check of NET_MINOR_MAX."""

FAULTS_MAX = 50
"""So many faults are told one by one; the rest are counted."""
