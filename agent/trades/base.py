"""What every trade answers. The pole asks each of the registry, and knows none by its name."""

from datetime import date
from types import ModuleType
from typing import Protocol

from agent.config.problems import Report
from agent.config.reader import Table
from drivers.options import Options


class Trade(Protocol):
    """One trade of a pole.

    Args:
        name: of its folder.
        tables: what it adds to the configuration file.
        event_types: modules that register its types of event.
    """

    name: str
    tables: type[Options]
    event_types: tuple[ModuleType, ...]

    def include(self, config: Table, report: Report) -> bool:
        """Add the tables of other files that its own name; whether all of those could be read whole."""
        ...

    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        """Report what its tables contradict, in themselves or in others.

        Args:
            today: local date by which an authorisation is in force; None: by the clock of this box.
        """
        ...
