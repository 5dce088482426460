"""What a life of a configuration needs of the pole."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from agent.config.schema import Config
from agent.configuration.in_force import InForce, Problem
from agent.events.configuration import ConfigurationChanged


class Reach(NamedTuple):
    """How often the broker of an uplink was reached since the start, and whether it is now."""

    sessions: int
    connected: bool


Reached = Mapping[str, Reach]
"""What is known of each uplink, by its name."""


def again(before: Reached, now: Reached) -> bool:
    """Whether each that was reached then, and is still there, was reached anew; where there is none, any of now."""
    anew = {name for name, (sessions, connected) in now.items() if connected and sessions > _sessions(before, name)}
    held = {name for name, reach in before.items() if reach.connected and name in now}
    return held <= anew if held else bool(anew)


def _sessions(reached: Reached, name: str) -> int:
    return reached[name].sessions if name in reached else 0


class Pole(Protocol):
    """What runs by the configuration."""

    @property
    def config(self) -> Config: ...

    @property
    def reached(self) -> Reached:
        """Tells of each uplink by which the pole is commanded whether and how often its broker was reached."""
        ...

    @property
    def lost(self) -> Sequence[str]:
        """What is not watched any more by the configuration in force, and was by the one before."""
        ...

    @property
    def in_force(self) -> InForce:
        """Tells where the configuration is from by which it runs, and what is wrong with any other."""
        ...

    async def apply(self, config: Config, in_force: InForce, *, reconnect: bool = False) -> bool:
        """Returns whether anything of it is another than before. Raises NotApplied."""
        ...

    def find_wrong(self, problem: Problem) -> None:
        """What is wrong with a configuration that is not in force."""
        ...

    def find_not_kept(self, reason: str | None) -> None:
        """Why the folder beside the store keeps no configuration; None: it does."""
        ...

    async def tell(self, said: ConfigurationChanged) -> None: ...
