"""How long a configuration has run well: after a while it is kept as the last good one."""

import asyncio
import logging
from collections.abc import Callable

from agent.configuration.in_force import InForce
from agent.configuration.sources import Sources
from agent.isolation import Isolation
from agent.lifecycle.pole import Pole

log = logging.getLogger(__name__)


class Watch:
    """The watch over the configuration in force.

    Args:
        now_s: monotonic seconds.
    """

    def __init__(self, pole: Pole, sources: Sources, isolation: Isolation, now_s: Callable[[], float]) -> None:
        self._pole, self._sources, self._isolation, self._now_s = pole, sources, isolation, now_s
        self.begin()

    def begin(self) -> None:
        """Another configuration is in force."""
        self._well_since_s, self._is_kept = self._now_s(), False

    def runs_well(self) -> bool:
        """Returns whether every part has worked for as long as [pole] healthy_after_s says; each call is a look."""
        if self._isolation.names:
            self._well_since_s = self._now_s()
            return False
        return self._now_s() - self._well_since_s >= self._pole.config.pole.healthy_after_s

    async def keep(self, in_force: InForce, *, healthy: bool) -> None:
        """Keeps it as the last good one, where it is the file that runs, and nothing is wrong with it.

        Args:
            in_force: as it was applied: a file that is refused since says nothing of what runs.
        """
        config = self._pole.config
        if self._is_kept or in_force.source == "last_good" or in_force.problem:
            return
        self._is_kept = healthy
        try:
            await asyncio.to_thread(self._sources.keep_good, config, healthy=healthy)
        except (OSError, ValueError) as error:
            log.error("the configuration cannot be kept as the last good one: %s", error)
            self._pole.find_not_kept(str(error))
        else:
            self._pole.find_not_kept(None)
