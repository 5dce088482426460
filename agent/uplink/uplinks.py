"""All uplinks of a pole: each runs as a part of its own, so that none holds another back."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping

from agent.isolation import Isolation
from agent.uplink.expiry import Known
from agent.uplink.options import UplinkOptions
from agent.uplink.uplink import Uplink

log = logging.getLogger(__name__)

PATIENCE_S = 5.0
"""A cancellation that meets a failure at the same moment can be lost to it (Python 3.11): then it is told once more."""


class Uplinks:
    """
    Args:
        make: one by its name and its options.
        isolation: keeps a defect of one from the others.
    """

    def __init__(self, make: Callable[[str, UplinkOptions], Uplink], isolation: Isolation) -> None:
        self._make, self._isolation = make, isolation
        self._uplinks: dict[str, Uplink] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None

    def __getitem__(self, name: str) -> Uplink:
        return self._uplinks[name]

    def __iter__(self) -> Iterator[Uplink]:
        """Yields them in the order of the configuration."""
        return iter(self._uplinks.values())

    def get(self, name: str) -> Uplink | None:
        return self._uplinks.get(name)

    @property
    def by_name(self) -> Mapping[str, Uplink]:
        return self._uplinks

    @property
    def commanding(self) -> Mapping[str, Uplink]:
        """Returns those that may order everything; where none may, all."""
        found = {name: each for name, each in self._uplinks.items() if each.options.commands == "all"}
        return found or self._uplinks

    @property
    def certificates(self) -> Known:
        """The certificates of all, each with the name of the uplink."""
        return [(name, one) for name, each in self._uplinks.items() for one in each.status.certificates]

    async def run(self) -> None:
        """Keeps all of them connected until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            for name in self._uplinks:
                self._start(name)
            await asyncio.Event().wait()

    async def follow(self, wanted: Mapping[str, UplinkOptions], *, reconnect: bool = False) -> set[str]:
        """Another configuration has these; the ones of which it says the same go on. Returns those that are gone.

        Args:
            reconnect: all of them, whether another or not.
        """
        gone = self._uplinks.keys() - wanted.keys()
        for name in gone:
            await self._remove(name)
        for name, options in wanted.items():
            if (uplink := self._uplinks.get(name)) is None:
                self._uplinks[name] = self._make(name, options)
                self._start(name)
            elif reconnect or uplink.options != options:
                uplink.reconfigure(options)
        self._uplinks = {name: self._uplinks[name] for name in wanted}
        return gone

    def tell_details(self) -> None:
        """Which devices there are has changed."""
        for uplink in self:
            uplink.tell_details()

    def _start(self, name: str) -> None:
        if self._group is not None:
            part = part_of(name)
            work = self._isolation.part(part).run(self._uplinks[name].run)
            self._tasks[name] = self._group.create_task(work, name=part)

    async def _remove(self, name: str) -> None:
        uplink, task = self._uplinks.pop(name), self._tasks.pop(name, None)
        while task is not None and not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=PATIENCE_S)
        for part in (part_of(name), f"dialect/{name}" if name else "dialect"):
            if part in self._isolation.known:
                self._isolation.forget(part)
                self._isolation.drop(part)
        log.warning(
            "uplink to %s is no more in the configuration; what waits for it is kept for a while", uplink.status.broker
        )


def part_of(name: str) -> str:
    """Returns the name of the part that an uplink is."""
    return f"uplink/{name}" if name else "uplink"
