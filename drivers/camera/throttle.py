"""Throttles the frame rate: as configured, lower while the box is hot, throttled or too slow."""

from collections.abc import Callable

from drivers.hardware import ThermalState
from drivers.translation import _

LOOK_S = 10.0
"""Time between two looks at the box."""

CALM_S = 60.0
"""The pace goes up again when nothing was wrong for so long."""

COOL_C = 5.0
"""A box that is so far below the limit is cool again."""

BUSY, IDLE = 0.6, 0.25
"""Share of the time spent on looking from which on the box is too slow, and up to which it has time again."""

SLOWEST = 4
LONGEST_S = 4.0
"""The period is stretched to so many times itself, but not beyond so many seconds: a stay must be seen to begin."""


class FrameRateGovernor:
    """The time between two looks, `period_s`, and why it is longer than configured, `reason` ("": it is not).

    Args:
        configured_s: time between two looks.
        hot_c: temperature of the box, degrees Celsius, from which on it is hot.
        box: says how hot it is.
    """

    def __init__(self, configured_s: float, hot_c: float, box: Callable[[], ThermalState]) -> None:
        self.period_s = configured_s
        self.reason = ""
        self._configured_s = configured_s
        self._hot_c = hot_c
        self._box = box
        self._looked_s: float | None = None
        self._strained_s = 0.0
        self._spent_s = 0.0

    def account(self, seconds: float) -> None:
        """Time that a look has taken."""
        self._spent_s += seconds

    def step(self, now_s: float) -> None:
        """Looks at the box every LOOK_S and sets the pace by it. The caller may call it more often."""
        if self._looked_s is None:
            self._looked_s = now_s
        elapsed_s = now_s - self._looked_s
        if elapsed_s < LOOK_S:
            return
        share, self._spent_s, self._looked_s = self._spent_s / elapsed_s, 0.0, now_s
        heat = self._box()
        if strain := self._overload(heat, share):
            self._strained_s, self.reason = now_s, strain
            self._set(self.period_s * 2)
        elif not self._rested(heat, share):
            self._strained_s = now_s
        elif now_s - self._strained_s >= CALM_S and self.period_s > self._configured_s:
            self._strained_s = now_s
            self._set(self.period_s / 2)

    def _overload(self, heat: ThermalState, share: float) -> str:
        if heat.celsius is not None and heat.celsius >= self._hot_c:
            return _("the box is at {celsius:.0f} °C").format(celsius=heat.celsius)
        if heat.throttled:
            return _("the box is throttled")
        return _("looking takes {share:.0%} of the time").format(share=share) if share > BUSY else ""

    def _rested(self, heat: ThermalState, share: float) -> bool:
        return (heat.celsius is None or heat.celsius < self._hot_c - COOL_C) and share < IDLE

    def _set(self, period_s: float) -> None:
        longest_s = max(self._configured_s, min(self._configured_s * SLOWEST, LONGEST_S))
        self.period_s = max(self._configured_s, min(period_s, longest_s))
        if self.period_s == self._configured_s:
            self.reason = ""
