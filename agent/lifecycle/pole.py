"""What a life of a configuration needs of the pole."""

from collections.abc import Sequence
from typing import Protocol

from agent.config.schema import Config
from agent.configuration.in_force import InForce, Problem
from agent.events.configuration import ConfigurationChanged


class Pole(Protocol):
    """What runs by the configuration."""

    @property
    def config(self) -> Config: ...

    @property
    def sessions(self) -> int:
        """How often the broker was reached since the start."""
        ...

    @property
    def connected(self) -> bool: ...

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
