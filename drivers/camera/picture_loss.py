"""The time in which a camera was not seen because its pictures were lost on their way (pure)."""

from collections import deque
from statistics import median

WINDOW_S = 60.0
BEGINS, ENDS = 0.1, 0.05
"""Share of the window without pictures from which on that is a trouble, and below which it is none any more."""

STEP_S = 2.5

_GAPS = 9
"""Gaps between pictures, with nothing lost between, that tell how far apart they are."""


class LostTime:
    """Time between two whole pictures, less what usually lies between them, where others were lost in between.

    Args:
        lost_s: so far.
    """

    def __init__(self) -> None:
        self.lost_s = 0.0
        self._gaps_s: deque[float] = deque(maxlen=_GAPS)
        self._before: tuple[float, int] | None = None

    @property
    def usual_gap_s(self) -> float:
        """The gap of two pictures that follow one another; 0: not known yet."""
        return median(self._gaps_s) if self._gaps_s else 0.0

    def add_picture(self, at_s: float, damaged: int) -> None:
        """A whole one. `damaged`: how many others came so far that were not, or never came."""
        if self._before is not None:
            gap_s, lost = at_s - self._before[0], damaged > self._before[1]
            if not lost:
                self._gaps_s.append(gap_s)
            elif self._gaps_s:
                self.lost_s += max(0.0, gap_s - self.usual_gap_s)
        self._before = (at_s, damaged)


class PictureLoss:
    """Whether so much of the last minute was lost that somebody must hear of it.

    Args:
        share: of the window, 0 to 1.
    """

    def __init__(self) -> None:
        self.share = 0.0
        self.is_trouble = False
        self._seen: deque[tuple[float, float]] = deque()

    def step(self, now_s: float, lost_s: float) -> None:
        """
        Args:
            lost_s: so far, as `LostTime` has it.
        """
        if self._seen and now_s - self._seen[-1][0] < STEP_S:
            return
        self._seen.append((now_s, lost_s))
        while len(self._seen) > 1 and now_s - self._seen[1][0] >= WINDOW_S:
            self._seen.popleft()
        self.share = min(1.0, (lost_s - self._seen[0][1]) / WINDOW_S)
        self.is_trouble = self.share >= (ENDS if self.is_trouble else BEGINS)
