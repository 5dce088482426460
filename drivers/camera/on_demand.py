"""Something large that is made when it is needed, and given up when it has not been needed for a while."""

from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


REST_S = 60.0
"""How long a network is kept that is not needed: its memory is worth more than the 15 to 80 ms of loading it again."""


class OnDemand(Generic[Made]):
    """Keeps what `make` gives from when it is needed until it was not needed for `rest_s`.

    Args:
        makes: how often it was made so far.
        made: what is there from the beginning; None: nothing.
    """

    def __init__(self, make: Callable[[], Made], rest_s: float = REST_S, made: Made | None = None) -> None:
        self._make = make
        self._rest_s = rest_s
        self._made = made
        self._needed_s: float | None = None
        self.makes = 0

    @property
    def is_made(self) -> bool:
        return self._made is not None

    def get(self) -> Made:
        """Raises what `make` raises."""
        self._needed_s = None
        if self._made is None:
            self._made = self._make()
            self.makes += 1
        return self._made

    def rest(self, at_s: float) -> None:
        """Called now and then, at `at_s`, seconds that never go back: gives up what was not needed for so long."""
        if self._needed_s is None:
            self._needed_s = at_s
        elif at_s - self._needed_s >= self._rest_s:
            self._made = None
