"""When things happen: everything is counted back from now, by calendar months."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The months of the story, seen from `now` (UTC). `begin` is the first day of the third month before this one."""

    now: dt.datetime

    def month(self, back: int) -> dt.datetime:
        """The first moment of this month (0) or of one before it."""
        months = self.now.year * 12 + self.now.month - 1 - back
        return dt.datetime(months // 12, months % 12 + 1, 1, tzinfo=dt.UTC)

    @property
    def begin(self) -> dt.datetime:
        """Where the story starts."""
        return self.month(3)

    @property
    def end(self) -> dt.datetime:
        """The last moment that anything happens: what is told must lie in the past."""
        return self.now - dt.timedelta(minutes=5)

    def period(self, back: int) -> str:
        """A month's name as settlements write it."""
        return f"{self.month(back):%Y-%m}"

    def into_this_month(self, wished: dt.timedelta) -> dt.datetime:
        """A moment after this month began; on its first days, the part of them that is over."""
        first = self.month(0)
        return first + min(wished, (self.end - first) * 0.8)
