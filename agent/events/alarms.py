"""What every alarm tells."""

from agent.events import Data


class AlarmData(Data, frozen=True):
    """Something is wrong, or no longer.

    Args:
        active: true when it begins, false when it ends.
        detail: words for a technician.
    """

    active: bool
    detail: str
