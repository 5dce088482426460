"""The moments at which the camera process gives pages back: after an opening or a load, and each minute."""

from collections.abc import Callable

from drivers.malloc import release_pages

EVERY_S = 60.0
"""What seldom runs is given back after so long. Once takes 13 ms of a core of a desktop machine, and what is read
again."""


class PageRelease:
    """Gives back what was needed to open a camera or to load a network alone, 4 to 8 MB.

    Args:
        release: gives back what can be mapped again.
    """

    def __init__(self, release: Callable[[], None] = release_pages) -> None:
        self._release = release
        self._made: int | None = None
        self._released_s = 0.0

    def step(self, at_s: float, made: int) -> None:
        """Called after each look; the first call gives back what was needed to start.

        Args:
            at_s: seconds; never goes back.
            made: how often something was opened or loaded so far.
        """
        if made == self._made and at_s - self._released_s < EVERY_S:
            return
        self._made, self._released_s = made, at_s
        self._release()
