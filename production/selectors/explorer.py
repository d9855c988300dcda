"""Chords, scales and temperaments to look up and to hear, for the shop's page of notes."""

from __future__ import annotations

from dataclasses import dataclass

from production.errors import OutOfTuneError

_C4 = 60
_SYMBOL_CHARACTERS_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounding:
    """Notes with a name of their own: spelled, and as frequencies in Hz for the tuner."""

    name: str
    notes: tuple[str, ...]
    frequencies_hz: tuple[float, ...]

    @property
    def frequencies(self) -> str:
        """As the tuner reads them."""
        return ",".join(f"{hz:.4f}" for hz in self.frequencies_hz)


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperament:
    """A tuning of twelve keys: cents above equal temperament, C first, and its C major triad to hear."""

    name: str
    deviations_cents: tuple[float, ...]
    triad: Sounding


def scale_names() -> tuple[str, ...]:
    """Every scale that can be looked up."""
    from engine.theory import SCALES

    return tuple(SCALES)


def chord_notes(symbol: str) -> Sounding:
    """The notes of a chord symbol, each above the one before.

    Raises
    ------
    OutOfTuneError
        If the symbol is not known.
    """
    from engine import theory
    from engine.errors import EngineError

    try:
        names = theory.chord_notes(symbol[:_SYMBOL_CHARACTERS_MAX])
    except EngineError as error:
        raise OutOfTuneError from error
    return _rising(symbol.strip(), names)


def scale_notes(tonic: str, scale: str) -> Sounding:
    """The notes of a scale from its tonic up to the octave.

    Raises
    ------
    OutOfTuneError
        If the tonic is no note or the scale is not known.
    """
    from engine import theory
    from engine.errors import EngineError

    try:
        names = theory.scale_notes(tonic[:4], scale)
    except EngineError as error:
        raise OutOfTuneError from error
    return _rising(f"{tonic} {scale}", (*names, names[0]))


def temperaments() -> tuple[Temperament, ...]:
    """How keyboards were tuned, from pure fifths to equal steps."""
    from engine import theory

    return tuple(
        Temperament(
            name=tuning.name,
            deviations_cents=tuple(round(tuning.deviation_cents(degree), 1) for degree in range(12)),
            triad=Sounding(
                name=tuning.name,
                notes=("C", "E", "G"),
                frequencies_hz=tuple(tuning.frequency_hz(_C4 + step) for step in (0, 4, 7)),
            ),
        )
        for tuning in theory.historical()
    )


def _rising(name: str, names: tuple[str, ...]) -> Sounding:
    from engine import theory
    from engine.theory.names import pitch_class

    pitch, frequencies = _C4 - 1, []
    for note in names:
        pitch += 1 + (pitch_class(note) - pitch - 1) % 12
        frequencies.append(theory.frequency_hz(pitch))
    return Sounding(name=name, notes=names, frequencies_hz=tuple(frequencies))
