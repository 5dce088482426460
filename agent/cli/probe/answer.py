"""What came of asking once."""

from msgspec import Struct


class Answer(Struct, frozen=True):
    """What came of asking one device, or of trying one thing.

    Args:
        text: its values, or why there are none and what to do.
    """

    name: str
    answered: bool
    text: str
