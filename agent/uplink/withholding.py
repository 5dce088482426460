"""What may not leave the pole is withheld at the last moment, when it is sent, whatever held as it was written."""

from collections.abc import Callable

from agent.store import Stored


class Withholding:
    """The gate of one uplink; outlives its connections.

    Args:
        forbids: whether an event may not be sent now.
    """

    def __init__(self, forbids: Callable[[Stored], bool] = lambda row: False) -> None:
        self._forbids = forbids
        self._held: Stored | None = None

    def stops(self, row: Stored) -> bool:
        """Whether it stays in the store for now."""
        if not self._forbids(row):
            return False
        self._held = row
        return True

    def lets_go(self) -> bool:
        """Whether what was stopped may go now; true once."""
        if self._held is None or self._forbids(self._held):
            return False
        self._held = None
        return True
