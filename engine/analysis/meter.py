"""The time signature of a score."""

from engine.score import Score


def of_score(score: Score) -> str | None:
    """The time signature that holds longest, such as "3/4"; None where the score names none."""
    if not score.meters:
        return None
    end = max(score.end, score.meters[-1].at)
    stops = [mark.at for mark in score.meters[1:]] + [end]
    held: dict[str, float] = {}
    for mark, stop in zip(score.meters, stops, strict=True):
        name = f"{mark.numerator}/{mark.denominator}"
        held[name] = held.get(name, 0.0) + float(stop - mark.at)
    return max(held, key=lambda name: held[name])
