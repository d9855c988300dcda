"""Harmonies as a capability: three voices under a melody, by the harmoniser of chorales."""

from collections.abc import Iterator, Mapping
from typing import Final

from engine.recommend import harmony, knobs
from engine.recommend.capability import Capability, Proposal, Tell, Value, check_call, silent
from engine.score import Score

_BOLDNESS: Final = knobs.temperature(
    least=harmony.TEMPERATURE_MILLI_MIN, most=harmony.TEMPERATURE_MILLI_MAX, default=harmony.TEMPERATURE_MILLI
)


def propose(
    given: Score, *, seed: int, count: int, values: Mapping[str, Value], tell: Tell = silent
) -> Iterator[Proposal]:
    """Harmonisations of a melody, each with its chords."""
    check_call(seed=seed, count=count)
    temperature = int(CAPABILITY.read(values)["temperature"])
    tell(0.0, "Writing voices under the melody")
    for number in range(count):
        made = harmony.harmonise(given, seed=seed, variants=number + 1, temperature_milli=temperature)[number]
        tell((number + 1) / count, f"{number + 1} of {count} written")
        yield Proposal(score=made.score, chords=made.chords, log_likelihood_milli=made.log_likelihood_milli, remarks=())


CAPABILITY: Final = Capability(
    name="chorale",
    title="Chorale",
    words="Three voices under a melody, in whole numbers: the same notes on every machine.",
    model=harmony.MODEL,
    weights_hash=lambda: harmony.WEIGHTS_HASH,
    schema=harmony.SCHEMA,
    takes="melody",
    propose=propose,
    knobs=(_BOLDNESS,),
    ending="harmonised",
)
