"""Why what was ordered of a document is not done."""

from collections.abc import Sequence

from agent.config.problems import bounded
from drivers.printable import printable


class Refused(Exception):
    """All is as it was.

    Args:
        problems: at least one, in words for the sender.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(map(printable, bounded(problems))))


class NotApplied(Exception):
    """It is kept, and takes effect when what keeps it from that is over; why."""
