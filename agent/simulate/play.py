"""The demonstration while it runs: the daemon, the city that listens to it, and what is shown of both."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import RenderableType

from agent.app import App
from agent.config.schema import Config
from agent.console import Ask, ask_daemon
from agent.simulate import pole, screen, table, view
from agent.simulate.city import City
from agent.simulate.evening import VirtualClock

OVERRIDE_LAMP, OVERRIDE_PERCENT, OVERRIDE_HOLD, OVERRIDE_AFTER_S = "lamp-3", 25.0, "12s", 9.0
LOOK_S = 0.25


class Play:
    """One run.

    Args:
        broker_port: of the city's broker.
        jsonl: events as lines, no table.
        stop: set it to end the run.
        clock: of the pole, and of its lamps; None: the lamps' evening goes by beside it.
    """

    def __init__(
        self, config: Config, broker_port: int, jsonl: bool, stop: asyncio.Event, clock: VirtualClock | None = None
    ) -> None:
        self._config, self._stop = config, stop
        self._view = view.begin(config)
        self._lines = screen.Lines(stop.set) if jsonl else None
        wall = clock or pole.wall()
        self._schedule_clock = clock or pole.schedule_clock()
        self._app = App(config, wall, schedule_clock=self._schedule_clock)
        self._city = City(broker_port, f"lamppost/{config.pole.site}/{config.pole.id}", self._take)

    async def run(self, seconds: float | None, picture: Path | None) -> None:
        """Plays until `seconds` have passed or it is stopped. Raises ExceptionGroup with what failed."""
        shown = contextlib.nullcontext(lambda: None) if self._lines else screen.live(self._draw)
        with shown as refresh:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._city.listen(), name="city")]
                await self._city.ready()
                tasks.append(group.create_task(self._app.run(), name="daemon"))
                tasks.append(group.create_task(self._override(), name="override"))
                tasks.append(group.create_task(self._look(refresh), name="table"))
                await self._wait(seconds)
                for task in tasks:
                    task.cancel()
        if picture is not None:
            screen.save(picture, self._draw)

    async def _wait(self, seconds: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    def _take(self, payload: bytes) -> None:
        view.hear(self._view, payload)
        if self._lines:
            self._lines.take(payload)

    async def _override(self) -> None:
        """What a city platform does now and then: hold a lamp at a level of its own for a while."""
        await asyncio.sleep(OVERRIDE_AFTER_S)
        if OVERRIDE_LAMP in self._view.lamps:
            await self._city.hold("demo-1", OVERRIDE_LAMP, OVERRIDE_PERCENT, OVERRIDE_HOLD)

    async def _look(self, refresh: Callable[[], None]) -> None:
        """Ask the daemon how it is, as `lamppost status` does, and draw."""
        while True:
            with contextlib.suppress(OSError):  # its socket is not there yet, or not any more
                async for answer in ask_daemon(Path(self._config.pole.socket), Ask("status")):
                    view.ask(self._view, answer)
            refresh()
            await asyncio.sleep(LOOK_S)

    def _draw(self, columns: int, lines: int) -> RenderableType:
        evening = self._schedule_clock.now().utc.astimezone(ZoneInfo(self._config.pole.timezone))
        return table.render(self._view, table.Moment(datetime.now(UTC), evening), columns, lines)
