"""Every limit of a report's file and of the process that reads it."""

from __future__ import annotations

MIB = 1024 * 1024

FILE_BYTES_MAX = 50 * MIB
LINES_MAX = 1_000_000
COLUMNS_MAX = 200
CELL_CHARACTERS_MAX = 8_192
GROUPS_MAX = 100_000
"""Different things sold in one file: each becomes a fact of its own, written by a worker in parts."""

ERRORS_TOLD_MAX = 50_000
"""Errors written down with their place; beyond that they are counted."""

MEMORY_BYTES_MAX = 512 * MIB
CPU_SECONDS_MAX = 240
OUTPUT_BYTES_MAX = 128 * MIB
WALL_SECONDS_MAX = 600

DECIMALS_MAX = 18
DIGITS_MAX = 34
PREVIEW_ROWS = 20
