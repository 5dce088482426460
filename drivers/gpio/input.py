"""A contact or a row of pulses on a line of a GPIO chip: told at each change, and counted across restarts."""

import asyncio
import time
from collections.abc import Mapping

from drivers.base import Emit, Quality, Reading, Value
from drivers.gpio.contact import Contact, Edge, open_contact
from drivers.gpio.opened import in_time, opened
from drivers.gpio.options import COUNT, GpioInput
from drivers.gpio.profile import InputProfile
from drivers.gpio.profile.counter import EdgeCounter, Look
from drivers.gpio.profile.meaning import Told, contact, counted
from drivers.gpio.profile.schema import FAULT
from drivers.quantity import Quantity
from drivers.translation import _

COLLECT_S, MANY, MANY_S = 0.05, 100, 1.0
"""Edges wait so long for others at the kernel; after so many at once, so long: what chatters faster costs no more. The
kernel keeps the newest (`kernel.EVENTS`). It does not debounce them: it would hide that a contact is bad."""


class InputDriver:
    """Driver of one line. Emits what its profile says: a contact at each change and each `period_s`, what is counted
    each `period_s`, and whether the contact chatters.

    Args:
        counted: what was counted before, by quantity.
    """

    def __init__(
        self,
        name: str,
        options: GpioInput,
        profile: InputProfile,
        counted: Mapping[str, float],
    ) -> None:
        self.name = name
        self._options, self._profile = options, profile
        self._count = int(counted.get(COUNT, 0))
        own_s = options.debounce_s
        self._debounce_s = float(profile.tables.debounce_s if own_s is None else own_s)
        self._told_contact: bool | None = None

    def quantity(self, name: str) -> Quantity:
        return self._profile.quantity(name)

    async def run(self, emit: Emit) -> None:
        """Listen until cancelled. Raises LineError: no such chip or line, or it was lost."""
        async with opened(self.name, self._options, 0.0, open_contact) as line:
            await self._listen(line, emit)

    async def _listen(self, line: Contact, emit: Emit) -> None:
        now_s, self._told_contact = time.monotonic(), None
        counter = EdgeCounter(self._debounce_s, self._profile.tables.fastest_hz, line.active(), now_s)
        while True:
            await self._tell_contact(counter, emit)
            await self._count_until(now_s + self._options.period_s, line, counter, emit)
            begun_s, now_s = now_s, time.monotonic()
            counter.feed([Edge(line.active(), now_s)], now_s)
            await self._tell_counted(counter.look(now_s), now_s - begun_s, emit)

    async def _count_until(self, due_s: float, line: Contact, counter: EdgeCounter, emit: Emit) -> None:
        pause_s = COLLECT_S
        while time.monotonic() < due_s:
            await self._wait(line, min(due_s, counter.settles_at_s or due_s), pause_s)
            edges = line.edges()
            pause_s = MANY_S if len(edges) >= MANY else COLLECT_S
            counter.feed(edges, time.monotonic())
            if counter.made != self._told_contact:
                await self._tell_contact(counter, emit)

    async def _wait(self, line: Contact, until_s: float, pause_s: float) -> None:
        """Waits until then, or until edges have come and others had the time to."""
        loop, changed, fd = asyncio.get_running_loop(), asyncio.Event(), line.fileno()
        loop.add_reader(fd, changed.set)
        try:
            came = await in_time(changed, loop.time() + max(0.0, until_s - time.monotonic()))
        finally:
            loop.remove_reader(fd)
        if came:
            await asyncio.sleep(pause_s)

    async def _tell_contact(self, counter: EdgeCounter, emit: Emit) -> None:
        self._told_contact = counter.made
        for each in contact(self._profile.tables, counter.made):
            await self._tell(each, emit)

    async def _tell_counted(self, look: Look, lasted_s: float, emit: Emit) -> None:
        self._count += look.made
        chatters = look.chatters is not None
        for each in counted(self._profile.tables, self._count, None if chatters else look.made / lasted_s):
            await self._tell(each, emit)
        words = _("chatters: {hertz:.0f} times a second, where {most:g} are possible; nothing of it is counted")
        fault = words.format(hertz=look.chatters, most=self._profile.tables.fastest_hz) if chatters else ""
        await self._say(FAULT, fault, "", emit)

    async def _tell(self, told: Told, emit: Emit) -> None:
        await self._say(told.quantity, told.value, told.doubt, emit)

    async def _say(self, quantity: str, value: Value, doubt: str, emit: Emit) -> None:
        quality = Quality.SUSPECT if doubt else Quality.GOOD
        await emit(Reading(self.name, quantity, value, time.monotonic(), quality, doubt))
