"""How long a tune or a progression is looked for among many elements, and which index answers.

    python -m tests.benchmarks.bench_motifs [--elements 100000] [--rounds 15]

The first 2,000 tunes walk up and down a scale and repeat their phrases, as tunes do; the progressions are drawn from
those that are common, with changes. The others are these again, each begun in another place: what is found at all is
found often, which is the harder case. Everything may be seen.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from typing import Any

from tests.benchmarks.bench_append import _set_up
from tests.helpers import database

DATABASE = "bench_ledgerline_motifs"
SCALE = (0, 2, 4, 5, 7, 9, 11)
COMMON = ((0, 7, 21, 5), (21, 5, 0, 7), (14, 7, 0), (0, 21, 14, 7), (0, 5, 7, 0), (12, 10, 8, 7), (0, 16, 5, 17))
TUNES = ("E E F G G F E D", "1 1 5 5 6 6 5 4 4 3 3 2 2 1", "1 2 3 1", "R U U R D D D D", "R U R U R D D R D R D R D")
CHORDS = ("I-V-vi-IV", "Am F C G", "ii V I", "I bII #iv V")
BATCH = 2_000
AGAIN = (
    """create temporary table made as
    select gen_random_uuid() as new_element, gen_random_uuid() as new_version,
           1 + copy * 7 % greatest(length(steps), 1) as turn, k.*
      from production_notekeys k cross join generate_series(1, {copies}) as copy""",
    """insert into production_element (id, kind, title, creator_id, created_at, tags, description)
    select new_element, 'midi', 'x', new_element, now(), '{{}}', '' from made""",
    """insert into production_version
      (id, element_id, number, content_hash, media_type, size_bytes, description, created_at)
    select new_version, new_element, 1, repeat('a', 64), 'audio/midi', 1, '{{}}', now() from made""",
    """insert into production_notekeys (version_id, element_id, is_newest, steps, contour, contour_grams, pitches,
      pitch_bars, chords, chord_bars, tonic, key, statistics)
    select new_version, new_element, true, substr(steps, turn) || substr(steps, 1, turn - 1),
           substr(contour, turn) || substr(contour, 1, turn - 1), contour_grams, pitches, pitch_bars, chords,
           chord_bars, tonic, key, statistics from made""",
    "vacuum analyze production_notekeys",
)


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    _set_up()
    from django.test.utils import setup_databases, teardown_databases

    database.use_name(DATABASE)
    with database.as_owner():
        created = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
        try:
            _fill(options.elements)
            _table(options.rounds)
        finally:
            teardown_databases(created, verbosity=0)


def _fill(count: int) -> None:
    from django.db import connection

    from ledger.domain.ids import uuid7
    from production.models import Element, NoteKeys, Version
    from production.services import motifs

    chance, begin = random.Random(7), time.perf_counter()
    maker = uuid7()
    elements = [Element(kind="midi", title="x", creator_id=maker) for _ in range(BATCH)]
    versions = [
        Version(element=one, number=1, content_hash="a" * 64, media_type="audio/midi", size_bytes=1) for one in elements
    ]
    keys = [
        NoteKeys(version=version, element_id=version.element_id, key="C major", **motifs.keys_of(_piece(chance)))
        for version in versions
    ]
    for model, rows in ((Element, elements), (Version, versions), (NoteKeys, keys)):
        model.objects.bulk_create(rows)  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        for words in AGAIN:
            cursor.execute(words.format(copies=max(0, count // BATCH - 1)))
        cursor.execute("select pg_total_relation_size('production_notekeys')")
        size = cursor.fetchone()[0]
    print(f"{count:,} elements in {time.perf_counter() - begin:.0f} s, {size / 1e6:,.0f} MB with indexes\n")


def _piece(chance: random.Random) -> dict[str, Any]:
    phrases = [_phrase(chance) for _ in range(chance.randint(2, 6))]
    places = [pitch for _ in range(chance.randint(3, 9)) for pitch in chance.choice(phrases)]
    tonic = chance.randrange(12)
    chords = [chord for _ in range(chance.randint(2, 6)) for chord in chance.choice(COMMON)]
    chords = [
        (chord + tonic) % 12 + chord // 12 * 12 if chance.random() < 0.9 else chance.randrange(24) for chord in chords
    ]
    return {
        "pitches": places,
        "pitch_bars": [place // 4 + 1 for place in range(len(places))],
        "chords": chords,
        "chord_bars": list(range(1, len(chords) + 1)),
        "tonic": tonic,
    }


def _phrase(chance: random.Random) -> list[int]:
    degree, pitches = chance.randrange(7), []
    for _ in range(chance.randint(6, 16)):
        degree = max(-7, min(14, degree + chance.choices((-4, -2, -1, 0, 1, 2, 4), (1, 3, 8, 5, 8, 3, 1))[0]))
        pitches.append(60 + 12 * (degree // 7) + SCALE[degree % 7])
    return pitches


def _table(rounds: int) -> None:
    from production import selectors

    print(f"{'asked':32} {'found':>6} {'median ms':>10} {'worst ms':>9}  indexes of its ranks")
    for find, asked in ((selectors.find_melody, TUNES), (selectors.find_progression, CHORDS)):
        for text in asked:
            taken = []
            for _ in range(rounds):
                begin = time.perf_counter()
                found = find(text, visible=set)
                taken.append(1_000 * (time.perf_counter() - begin))
            print(
                f"{text:32} {len(found):6} {statistics.median(taken):10.1f} {max(taken):9.1f}  {_indexes(find, text)}"
            )


def _indexes(find: Any, text: str) -> str:
    """By what each rank's rows are found, as the database explains after doing it."""
    from engine.analysis import motif_query
    from production import selectors
    from production.selectors import motifs

    if find is selectors.find_melody:
        ranks = motifs._melody_ranks(motif_query.melody(text))
    else:
        ranks = motifs._chord_ranks(motif_query.chords(text))
    told = []
    for rank in ranks:
        plan = rank.rows[: motifs.BATCH].explain(analyze=True)
        names = sorted({word for word in plan.replace(")", " ").split() if word.startswith("note_keys_")})
        took = plan.rsplit("Execution Time: ", 1)[-1].split(" ms")[0]
        told.append(f"{'+'.join(names) or 'scan'} {took} ms")
    return "; ".join(told)


if __name__ == "__main__":
    main()
