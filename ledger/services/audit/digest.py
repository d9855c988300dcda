"""Whether two tables hold the same rows, told by sums over a keyed hash of each row.

A row's hash is SHA-256 over 32 random bytes drawn for this comparison and the row in the server's binary form, where
every value stands with its type and length: two rows have the same form only if they are the same. A table's digest is
the count of its rows and two sums, each over 64 bits of these hashes; the sums are exact, they never wrap.

What that promises: whoever fixed the rows before the key was drawn, by accident or with intent, has two different
tables taken for equal with a probability of at most 2^-128 a comparison, as long as SHA-256 with a secret prefix looks
random. (Of the rows that are not equally often in both take one: whatever the others sum to, at most one value of its
64 bits closes the gap in each sum, and the two words are independent.) Nothing is promised against someone who reads
the server's memory and changes rows while the comparison runs: that is the machine's administrator, and a checkpoint
kept elsewhere is the witness against him.

Source: M. Bellare, D. Micciancio, "A New Paradigm for Collision-Free Hashing: Incrementality at Reduced Cost",
EUROCRYPT 1997 (AdHASH: hashes of the parts, added up), here with a key. The server's own `hash_record_extended` does
not do: it adds up its columns, so two rows may exchange values unseen, and it folds a bigint into 32 bits before it
looks at the seed.
"""

from __future__ import annotations

import secrets

from django.db import connection

KEY_LEN = 32

# `offset 0` keeps the planner from computing the hash once for each word.
DIGEST_SQL = """
    select count(*), sum({first}), sum({second})
      from (select sha256(%s || record_send(t)) as hash from {table} as t offset 0) as hashed
"""

BYTEA_TO_BIGINT_VERSION = 180_000


def same_rows(table: str, other: str) -> bool:
    """Whether two tables of the same columns, given by quoted names, hold the same rows equally often."""
    key = secrets.token_bytes(KEY_LEN)
    return digest(table, key) == digest(other, key)


def digest(table: str, key: bytes) -> tuple[int, int, int]:
    """How many rows there are, and the sums over the first and the second 64 bits of their hashes (0 if empty)."""
    with connection.cursor() as cursor:
        cursor.execute(DIGEST_SQL.format(table=table, first=_word(1), second=_word(9)), [key])
        count, first, second = cursor.fetchone()
    return count, int(first or 0), int(second or 0)


def _word(begin: int) -> str:
    """Eight bytes of the hash from this one on, as a number."""
    word = f"substr(hash, {begin}, 8)"
    if connection.pg_version >= BYTEA_TO_BIGINT_VERSION:  # type: ignore[attr-defined]
        return f"{word}::bigint"
    return f"('x' || encode({word}, 'hex'))::bit(64)::bigint"
