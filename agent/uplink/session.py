"""A session with the broker: it drains the outbox, hands commands over, tells whether the pole is there."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine
from functools import partial
from typing import Any

from msgspec import Struct, structs

from agent.clock import Clock
from agent.uplink import commands
from agent.uplink.connection import Connection
from agent.uplink.context import UplinkContext
from agent.uplink.dialects import Dialect
from agent.uplink.farewell import Farewell
from agent.uplink.options import UplinkOptions
from agent.uplink.publisher import PublishSettings
from agent.uplink.rate_limit import CommandLimiter
from agent.uplink.status import UplinkStatus
from drivers.mqtt import tls
from drivers.mqtt.credentials import CredentialReader, Credentials
from drivers.mqtt.diagnosis import Diagnosis
from drivers.mqtt.errors import NoCertificate
from drivers.mqtt.link import Link
from drivers.mqtt.named_files import Expiry, Signature
from drivers.mqtt.protocol import ProtocolChoice
from drivers.mqtt.retention import Retention
from drivers.mqtt.traffic import TrafficMeter

log = logging.getLogger(__name__)


class Timings(Struct, frozen=True):
    """Durations of a session.

    Args:
        answer_s: the broker may take so long for an answer.
        settle_s, again_s: see PublishSettings.
        goodbye_s: at the end, for "offline" to get out.
        session_s: the broker keeps commands for a pole that is away (MQTT 5).
        states_s: how often changes of the retained states are looked for.
        files_s: how often it is looked whether certificates or password were replaced.
    """

    answer_s: float = 10.0
    settle_s: float = 0.05
    again_s: float = 60.0
    goodbye_s: float = 0.5
    session_s: int = 7 * 24 * 3600
    states_s: float = 1.0
    files_s: float = 10.0


class Session:
    """Sessions with the broker of one configuration, one at a time. What the broker told of itself outlives each.

    Args:
        table: of the file.
        context: of a connection, by its dialect.
        new_dialect: makes the dialect of a session.
        meter: counts the bytes.
        reconfigured: is set when other options hold.
        farewells: what is left to say under other names; may grow.
    """

    def __init__(
        self,
        options: UplinkOptions,
        table: str,
        context: Callable[[Dialect], UplinkContext],
        new_dialect: Callable[[], Dialect],
        *,
        status: UplinkStatus,
        clock: Clock,
        meter: TrafficMeter,
        timings: Timings,
        reconfigured: asyncio.Event,
        farewells: Collection[Farewell],
    ) -> None:
        self._options = self._spoken = options
        self._context, self._new_dialect = context, new_dialect
        self._status, self._meter, self._timings = status, meter, timings
        self._reconfigured, self._farewells = reconfigured, farewells
        self._protocol, self._retention = ProtocolChoice(table), Retention(table)
        self._credentials = CredentialReader(options, table, lambda: clock.now().earliest_s)

    async def run(self) -> None:
        """One session to its end, which is raised."""
        self._reconfigured.clear()
        # Files are read at each connection: what a technician replaced is used at once.
        who = await self._credentials.read()
        self._status.expiries, self._status.files_trouble = who.expiries, None
        self._spoken = self._protocol.settled(self._options)
        # Made here, where a defect in making it is one of the uplink: the pole goes on without.
        context = self._context(self._new_dialect())
        async with self._new_link(context, who) as link:
            self._protocol.let_in(self._spoken)
            link.retains = self._retention.let_in(link.retains)
            self._status.protocol = self._spoken.protocol
            self._status.broker_expiry = _expiry_of_broker(link)
            await self._talk(context, link, who.signature)

    def ended(self, error: Exception) -> None:
        """A session has ended with that: the next one may be another way."""
        self._protocol.ended(self._spoken, error)
        self._retention.ended(error)

    async def _talk(self, context: UplinkContext, link: Link, signature: Signature) -> None:
        options, timings = self._options, self._timings
        many = context.mapping.ask(lambda: not context.dialect.one_at_a_time, "one_at_a_time")
        in_flight = min(options.in_flight, link.receive_maximum) if many else 1
        pace = PublishSettings(in_flight, options.replay_per_second, timings.settle_s, timings.again_s)
        connection = Connection(
            context,
            link,
            pace,
            goodbye_s=timings.goodbye_s,
            look_s=timings.states_s,
            farewells=self._farewells,
        )
        try:
            await connection.greet()
            self._status.on_connected(connection)
            await connection.serve(lambda: self._replaced(connection, signature))
        except asyncio.CancelledError:
            await connection.say_goodbye()
            raise

    def _new_link(self, context: UplinkContext, who: Credentials) -> Link:
        timings, mapping, dialect = self._timings, context.mapping, context.dialect
        will = mapping.ask(partial(dialect.status, False), "status")
        return Link(
            self._spoken,
            who,
            identifier=self._options.client_id or dialect.client_id,
            will=will and structs.replace(will, retain=will.retain and self._retention.is_kept),
            answer_s=timings.answer_s,
            session_s=timings.session_s,
            # Room for a command that is too long, so that its sender hears of it.
            max_packet_bytes=4 * commands.MAX_POLE_COMMAND_BYTES,
            on_overflow=_counter(context.limiter, mapping.ask(lambda: dialect.command_topic, "command_topic")),
            meter=self._meter,
        )

    async def _replaced(self, connection: Connection, used: Signature) -> None:
        """Return when the files were, or the options."""
        renewed = self._credentials.replaced(used, self._timings.files_s, self._refuse_files)
        await first_of(renewed, self._reconfigured.wait())
        if self._reconfigured.is_set():
            await connection.say_goodbye()  # the next broker may be another one

    def _refuse_files(self, words: str) -> None:
        self._status.files_trouble = Diagnosis("files", words)


def _counter(limiter: CommandLimiter, commands: str | None) -> Callable[[bytes], None]:
    """Returns what counts messages that are left out: the commands among them, by their topic.

    Args:
        commands: the topic that they come on; None: none is known.
    """

    def count(topic: bytes) -> None:
        if commands is not None and topic == commands.encode():
            limiter.count_dropped(time.monotonic())

    return count


def _expiry_of_broker(link: Link) -> Expiry | None:
    """The end of the certificate that the broker showed; None: it showed none, or one that cannot be read."""
    der = link.peer_certificate()
    try:
        return None if der is None else tls.expiry_of_peer(der)
    except NoCertificate as error:
        log.warning("uplink: when the broker's certificate ends could not be read: %s", error)
        return None


async def first_of(*works: Coroutine[Any, Any, object]) -> None:
    """Return, or raise, as the first of them does; the others are ended."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
