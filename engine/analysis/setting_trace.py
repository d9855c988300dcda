"""Which parameters of a mix setting are unchanged from another."""

from collections.abc import Iterator, Sequence
from math import isclose
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
Row: TypeAlias = tuple[int, Path, Any]


def parameters(setting: dict[str, Any]) -> list[Row]:
    """(plugin, path, value) of every value in the chain; which plugin stands there is a parameter, too (`type`)."""
    return [(n, path, value) for n, plugin in enumerate(setting["plugins"]) for path, value in _leaves(plugin)]


def unchanged(child: dict[str, Any], parent: dict[str, Any]) -> list[bool]:
    """For each of `parameters(child)`: whether the parent's plugin has it with the same value.

    A plugin of the child is that of the parent which stands against it in the longest sequence of types both chains
    share, so that one put in or taken out moves no other.
    """
    partner = dict(_aligned([p["type"] for p in child["plugins"]], [p["type"] for p in parent["plugins"]]))
    values = {(n, path): value for n, path, value in parameters(parent)}
    return [
        plugin in partner and _equal(value, values.get((partner[plugin], path)))
        for plugin, path, value in parameters(child)
    ]


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for name in sorted(value):
            yield from _leaves(value[name], (*path, name))
    elif isinstance(value, list):
        for place, entry in enumerate(value):
            yield from _leaves(entry, (*path, place))
    else:
        yield path, value


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool) or not isinstance(one, int | float):
        return type(one) is type(other) and one == other
    return isinstance(other, int | float) and isclose(one, other, rel_tol=1e-9)


def _aligned(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int]]:
    """Places of a longest common subsequence; the earliest where there are several."""
    best = [[0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for i in reversed(range(len(ours))):
        for j in reversed(range(len(theirs))):
            same = ours[i] == theirs[j]
            best[i][j] = best[i + 1][j + 1] + 1 if same else max(best[i + 1][j], best[i][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(ours) and j < len(theirs):
        if ours[i] == theirs[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
