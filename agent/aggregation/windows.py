"""The windows over which readings are aggregated, and where each begins and ends (pure).

Those of a fixed length are of UTC; a "day" lies between two local midnights and has 23, 24 or 25 hours. A reading at
the very end of a window belongs to it, since it stands for the time before.
"""

import math
from collections.abc import Callable, Iterator
from typing import Literal, get_args

from agent.aggregation.periods import HOUR_S, Borders, Span

Window = Literal["1min", "10min", "15min", "1h", "8h", "24h", "day", "lden"]
WINDOWS: tuple[Window, ...] = get_args(Window)

LENGTH_S: dict[Window, float] = {
    "1min": 60.0,
    "10min": 600.0,
    "15min": 900.0,
    "1h": HOUR_S,
    "8h": 8 * HOUR_S,
    "24h": 24 * HOUR_S,
    "day": 24 * HOUR_S,
    "lden": 24 * HOUR_S,
}
"""The length of each window; of a day, the usual one."""


def span(window: Window, at_s: float, borders: Borders) -> Span:
    """The window in which a moment lies; "8h" is none, it rolls."""
    if window in {"day", "lden"}:
        period: Literal["day", "night"] = "day" if window == "day" else "night"
        found = borders.span(period, at_s)
        return found if found.begin_s < at_s else borders.span(period, at_s - 1.0)
    end_s = math.ceil(at_s / LENGTH_S[window]) * LENGTH_S[window]
    return Span(end_s - LENGTH_S[window], end_s)


def parts(found_at: Callable[[float], Span], begin_s: float, end_s: float) -> Iterator[tuple[Span, float]]:
    """Yields the windows over which a time reaches, the last one first, and how many of its seconds lie in each.

    Args:
        found_at: the window of a moment.
    """
    while end_s > begin_s:
        found = found_at(end_s)
        yield found, end_s - max(begin_s, found.begin_s)
        end_s = found.begin_s
