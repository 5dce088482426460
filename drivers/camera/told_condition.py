"""The condition of a camera as it is told while nobody may know when a single vehicle came and left (pure)."""

from collections.abc import Callable

from drivers.camera.ipc import Condition

AT_ONCE: Condition = "no_picture"
"""It lies with the camera and its cable alone. All others come and go with vehicles: a lorry before the lens,
headlights in the dark, the first thing that moves in a picture that stood still."""


class ToldCondition:
    """What was told last, and what has held since.

    While counts alone may leave the pole a condition is told that has held for a whole period of them.

    Args:
        period: gives the number of the period of counts that runs; None: every condition may be told at once.
    """

    def __init__(self, period: Callable[[], int | None] = lambda: None) -> None:
        self._period = period
        self._told: Condition = "ok"
        self._running: int | None = None
        self._alone: Condition | None = None
        """The one that has held in all of the running period; None: none has."""
        self._has_picture = True
        self.detail = ""
        """Words for a technician, where they are of what is told."""

    @property
    def word(self) -> Condition:
        return self._told if self._has_picture else AT_ONCE

    def hear(self, now: Condition, detail: str = "") -> bool:
        """Takes how the camera is now; whether that changes what is told."""
        before, period = self.word, self._period()
        self._has_picture = now != AT_ONCE
        if period is None:
            self._told = now if self._has_picture else self._told
        elif period != self._running:
            self._begin(period, now)
        elif now != self._alone:
            self._alone = None
        self._running = period
        self.detail = detail if now == self.word else ""
        return self.word != before

    def _begin(self, period: int, now: Condition) -> None:
        """Another period runs. One in whose midst it was begun to listen is not a whole one."""
        follows = self._running is not None and period == self._running + 1
        if follows and self._alone is not None and self._alone != AT_ONCE:
            self._told = self._alone
        self._alone = None if self._running is None else now
