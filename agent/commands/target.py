"""What takes commands on a pole."""

from typing import Protocol

from drivers.base import Command, Outcome


class CommandTarget(Protocol):
    """What can be told something."""

    async def carry_out(self, command: Command) -> Outcome:
        """Check it and carry it out; "refused" says which actions and values there are, and leaves all as it was."""
        ...
