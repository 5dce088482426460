"""What every alarm tells."""

from agent.events.registry import Data


class Alarm(Data, frozen=True):
    """Something is wrong, or no longer.

    Args:
        active: true when it begins, false when it ends.
        detail: words for a technician.
    """

    active: bool
    detail: str
