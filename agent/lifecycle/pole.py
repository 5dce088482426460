"""What a life of a configuration needs of the pole."""

from typing import Protocol

from agent.config.schema import Config
from agent.configuration.in_force import InForce
from agent.events.pole import ConfigurationChanged


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

    async def apply(self, config: Config, in_force: InForce, *, reconnect: bool = False) -> None:
        """Raises NotApplied."""
        ...

    async def tell(self, said: ConfigurationChanged) -> None: ...
