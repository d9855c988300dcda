"""Styles of playing: how far from the written page each goes, in loudness and in time.

The loudness of a style is read off POP909's training songs: its level is a quantile of the songs' mean velocities
(10 %: 74, 25 %: 80, 75 %: 93, 90 %: 98), its contrast the ratio of a quantile of their spreads to the mean spread
(10 %: 6, 50 %: 14, 90 %: 21). 800 of the 819 songs are quantised to sixteenths, so how players move in time is taken
from the 19 that are not: chords wander by 13 ms, the next chord follows by 0.4, the notes of a chord lie 6 ms apart.
"""

from dataclasses import dataclass
from typing import Final

WANDER_MS: Final = 13.0
WANDER_FOLLOW: Final = 0.4
CHORD_MS: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What a style does to the model's playing.

    level : added to every velocity
    contrast : the mean's distance from the piece's mean is multiplied by this
    chance : the drawn departures are multiplied by this
    accent : added on the first note of a bar, half of it on other beats
    wander : multiplies `WANDER_MS` and `CHORD_MS`
    lag_ms : melody, bridge, accompaniment come so much late, early where negative
    """

    words: str
    level: float = 0.0
    contrast: float = 1.0
    chance: float = 1.0
    accent: float = 0.0
    wander: float = 1.0
    lag_ms: tuple[float, float, float] = (0.0, 0.0, 0.0)


STYLES: Final[dict[str, Style]] = {
    "natural": Style(words="Natural: as the players of the songs"),
    "strict": Style(words="Strict: even and on the grid", contrast=0.45, chance=0.45, wander=0.0),
    "gentle": Style(words="Gentle: soft, a little late", level=-12, contrast=0.8, chance=0.8, lag_ms=(6, 4, 2)),
    "expressive": Style(
        words="Expressive: wide dynamics, the melody ahead of its chords",
        contrast=1.5,
        chance=1.15,
        wander=1.2,
        lag_ms=(-8, 0, 8),
    ),
    "laid_back": Style(words="Laid-back: relaxed, the melody behind the beat", level=-6, lag_ms=(24, 18, 8)),
    "driving": Style(
        words="Driving: loud, accented, ahead of the beat",
        level=8,
        chance=0.7,
        accent=6,
        wander=0.5,
        lag_ms=(-6, -6, -8),
    ),
}
