"""One connection from its greeting to its end: events go up, commands come down, states are kept."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from msgspec import structs

from agent.uplink.context import UplinkContext
from agent.uplink.diagnosis import NOTHING_RETAINED, diagnose, of_refusal
from agent.uplink.farewell import Farewell
from agent.uplink.listener import Listener
from agent.uplink.publisher import OutboxPublisher, PublishSettings
from agent.uplink.retained import Retained
from drivers.mqtt.diagnosis import Diagnosis
from drivers.mqtt.errors import MqttError, PublishRefused
from drivers.mqtt.link import Link
from drivers.mqtt.message import Message

log = logging.getLogger(__name__)


class CredentialsChanged(Exception):
    """The files that say who we are have changed, and the new ones are good, or the options have: connect anew."""


class Connection:
    """A connection with one broker over one link.

    Args:
        goodbye_s: at the end, for "offline" to get out.
        look_s: how often the states are looked at.
        farewells: what is left to say under other names; may grow.
    """

    def __init__(
        self,
        context: UplinkContext,
        link: Link,
        settings: PublishSettings,
        *,
        goodbye_s: float,
        look_s: float,
        farewells: Collection[Farewell] = (),
    ) -> None:
        self._farewells = farewells
        self._context, self._link, self._goodbye_s, self._again_s = context, link, goodbye_s, settings.again_s
        self._publisher = OutboxPublisher(context, link, settings)
        self._retained = Retained(context, link, look_s)
        self._listener = Listener(context, link)
        self._settings, self._look_s = settings, look_s
        self._refused: Diagnosis | None = None
        """What the broker refused at the greeting; events go up all the same."""

    @property
    def sent(self) -> int:
        """Events acknowledged."""
        return self._publisher.sent

    @property
    def trouble(self) -> Diagnosis | None:
        """What the broker refuses, or cannot do; None: nothing."""
        if self._refused is not None:
            return self._refused
        if self._publisher.refusals.first is not None:
            return diagnose(self._publisher.refusals.first)
        if self._retained.refusal is not None:
            return of_refusal(self._retained.refusal)
        unconfirmed = None if self._context.custody is None else self._context.custody.trouble
        return unconfirmed or (None if self._link.retains else NOTHING_RETAINED)

    async def greet(self) -> None:
        """Raises, in an ExceptionGroup, MqttError: when the broker hangs up at once, when it is silent in its time."""
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(self._link.wait_disconnected(), name="uplink-lost")
            await self._introduce()
            watching.cancel()

    async def _introduce(self) -> None:
        self._context.news.clear()
        before, refused = self._refused, await self._listener.subscribe()
        details = self._context.details()
        try:
            for message in self._greeting(details):
                await self._link.deliver(message)
            self._retained.details = details
        except PublishRefused as refusal:
            refused = refused or of_refusal(refusal)
        self._refused = refused
        if refused is not None and refused != before:
            log.warning("uplink: %s", refused.words)

    def _greeting(self, details: Mapping[str, Any]) -> Iterator[Message]:
        """What can be said of it: a defect in one leaves the other."""
        dialect, mapping = self._context.dialect, self._context.mapping
        status = mapping.ask(partial(dialect.status, True, details), "status")
        if status is not None:
            yield status
        yield from mapping.ask(partial(dialect.inventory, details), "inventory") or ()

    async def serve(self, renewed: Callable[[], Awaitable[None]]) -> None:
        """Serves until the connection ends, which is raised; or until `renewed` returns: then CredentialsChanged is."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listener.run(), name="uplink-listen")
            telling = [
                tasks.create_task(self._retained.run(), name="uplink-states"),
                tasks.create_task(self._ask_again(), name="uplink-access"),
                tasks.create_task(self._tell_news(), name="uplink-details"),
            ]
            tasks.create_task(self._finish_when(renewed), name="uplink-files")
            tasks.create_task(self._say_farewells(), name="uplink-farewells")
            if self._context.custody is not None:
                tasks.create_task(self._context.custody.run(), name="uplink-confirmations")
            tasks.create_task(self._take_leave(telling), name="uplink-leave")
            await self._publisher.run()
            raise CredentialsChanged

    async def _ask_again(self) -> None:
        """Asks again for what the broker refused beside events: its access list may have been mended."""
        while True:
            await asyncio.sleep(self._again_s)
            if self._refused is not None:
                await self._introduce()
            self._retained.ask_again()

    async def _tell_news(self) -> None:
        """What is told at the greeting has changed."""
        while True:
            await self._context.news.wait()
            await self._introduce()

    async def _say_farewells(self) -> None:
        """What is left under names that the pole no longer has."""
        while True:
            left = [each for each in self._farewells if not each.is_over]
            for farewell in [each for each in left if each.fits(self._context.dialect)]:
                await farewell.say(self._link, self._settings, self._listener.retained_on)
            await asyncio.sleep(self._look_s)

    async def _finish_when(self, renewed: Callable[[], Awaitable[None]]) -> None:
        await renewed()
        self._publisher.finish()

    async def _take_leave(self, telling: Collection[asyncio.Task[None]]) -> None:
        """Says the last word, when it is asked for.

        Args:
            telling: what tells of the pole what the broker retains: it ends before.
        """
        context = self._context
        await context.leave.wanted()
        for task in telling:
            task.cancel()
        await asyncio.wait(telling)
        await context.leave.say(context.dialect, context.mapping, self._link)
        self._publisher.finish()  # nothing follows

    async def say_goodbye(self) -> None:
        """An orderly end keeps the broker from sending the will, so the pole says it itself, unless it is retired."""
        if self._context.leave.is_taken:
            return
        self._link.answer_within(self._goodbye_s)
        # QoS 0: it is in order before DISCONNECT on the same connection, and waits for no turn among the events.
        farewell = self._context.mapping.ask(partial(self._context.dialect.status, False), "status")
        if farewell is None:
            return
        try:
            await self._link.deliver(structs.replace(farewell, qos=0))
        except MqttError as error:
            log.info("uplink: the broker was not told of the end, its will tells: %s", error)
