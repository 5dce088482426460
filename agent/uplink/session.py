"""The MQTT session: drains the outbox, hands commands over, tells whether the pole is there, comes back by itself."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from msgspec import Struct, structs

from agent.clock import Clock, SystemClock
from agent.isolation import Isolation
from agent.store import Position, Stored, StoreError
from agent.uplink import commands
from agent.uplink.budget import Account
from agent.uplink.commands import Reply
from agent.uplink.connection import Connection, CredentialsChanged
from agent.uplink.context import States, UplinkContext
from agent.uplink.custody import Custody
from agent.uplink.diagnosis import diagnose
from agent.uplink.dialects import SPOKEN, Dialect, Topics
from agent.uplink.farewell import Farewell
from agent.uplink.inbox import WAITING, Arrival, Inbox, OnCommand
from agent.uplink.leave import Leave
from agent.uplink.options import UplinkOptions, table_of
from agent.uplink.publisher import PublishSettings
from agent.uplink.quarantine import Quarantine
from agent.uplink.rate_limit import CommandLimiter
from agent.uplink.response_topics import ResponseTopics
from agent.uplink.status import UplinkStatus
from agent.uplink.withholding import Withholding
from drivers.backoff import Backoff
from drivers.mqtt import tls
from drivers.mqtt.backoff import broker_backoff
from drivers.mqtt.credentials import CredentialReader, Credentials
from drivers.mqtt.diagnosis import Diagnosis, flatten, most_specific
from drivers.mqtt.errors import CredentialsError, MqttError, NoCertificate
from drivers.mqtt.link import Link
from drivers.mqtt.named_files import Expiry, Signature
from drivers.mqtt.plaintext import refuse_plaintext
from drivers.mqtt.protocol import ProtocolChoice
from drivers.mqtt.retention import Retention

log = logging.getLogger(__name__)

# What ends a session and is followed by another one. A store that refuses is among them: the rules are told of a full
# disk by their own commits, and what was not deleted is sent again under the same id.
_ENDS_SESSION = (MqttError, OSError, CredentialsError, StoreError, CredentialsChanged)


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


def _no_states() -> Mapping[str, Struct | None]:
    return {}


class Uplink:
    """Everything between the store and the broker.

    Args:
        site, pole: make topics and client id.
        name: its own; "": [uplink] itself.
        on_command: is awaited for one message after the other, whatever becomes of the connection meanwhile; the
            broker keeps each until then.
        replies: where outcomes are wanted of commands that came before the start, by their id.
        details: which devices there are, for status and inventory; asked at each connection.
        states, removed_devices: present states of the devices; names that an earlier configuration had. See Retained.
        clock: tells what is late, and whether certificates can be judged by the time.
        isolation: keeps a defect of the dialect from the session.
        forbids: whether an event may not be sent now.
        account: what it costs; None: nobody asks.
        speaks: makes the dialect, at each session, with the topics of the options.
        backoff, sleep, now_s: pauses between sessions, monotonic seconds.

    Raises CredentialsError for a broker on the network without TLS.
    """

    def __init__(
        self,
        options: UplinkOptions,
        site: str,
        pole: str,
        position: Position,
        on_command: OnCommand,
        *,
        name: str = "",
        replies: Mapping[str, Reply] = MappingProxyType({}),
        details: Callable[[], Mapping[str, Any]] = dict,
        states: States = _no_states,
        removed_devices: Collection[str] = (),
        clock: Clock | None = None,
        isolation: Isolation | None = None,
        forbids: Callable[[Stored], bool] = lambda row: False,
        account: Account | None = None,
        speaks: Callable[[Topics], Dialect] = SPOKEN.speaks,
        timings: Timings = Timings(),  # noqa: B008 - frozen
        backoff: Backoff | None = None,
        sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table, self._timings, self._position = table_of(name), timings, position
        self._spoken = options
        self._clock = clock or SystemClock()
        self.status = UplinkStatus("", now_s)
        self._take(options)
        self.limiter = CommandLimiter(time.monotonic())
        self._speaks, self._name = speaks, (site, pole)
        self.account = account or Account()
        self.leave = Leave()
        """The leave of the pole, for ever."""
        self._news, arrivals, responses = asyncio.Event(), asyncio.Queue[Arrival](WAITING), ResponseTopics()
        self._context = partial(
            UplinkContext,
            name=name,
            position=position,
            clock=self._clock,
            limiter=self.limiter,
            details=details,
            states=states,
            removed_devices=removed_devices,
            mapping=(isolation or Isolation(pole, self._clock)).part(
                f"dialect/{name}" if name else "dialect", each_alone=True
            ),
            news=self._news,
            arrivals=arrivals,
            response_topics=responses,
            refused={},
            quarantine=Quarantine(),
            thrift=self.account.thrift,
            withholding=Withholding(forbids),
            leave=self.leave,
        )
        self._inbox = Inbox(arrivals, on_command)
        self._reconfigured = asyncio.Event()
        self._farewells: list[Farewell] = []
        for id, reply in replies.items():
            responses.expect(id, reply)
        self._own_backoff, self._sleep = backoff, sleep
        self._lasted_s = 0.0

    def reconfigure(self, options: UplinkOptions) -> None:
        """Take leave of the broker and connect by these; what waits, and commands under way, go on.

        Raises CredentialsError for a broker on the network without TLS.
        """
        self._take(options)
        self._reconfigured.set()

    def _take(self, options: UplinkOptions) -> None:
        """Raises CredentialsError for a broker on the network without TLS."""
        refuse_plaintext(options, self._table)
        self.options = options
        self._protocol, self._retention = ProtocolChoice(self._table), Retention(self._table)
        self._credentials = CredentialReader(options, self._table, lambda: self._clock.now().earliest_s)
        confirmed = options.confirm == "consumer"
        self._custody = Custody(self._position, float(options.confirm_within_s)) if confirmed else None
        self.status.broker = "{}:{}".format(*options.address)

    def tell_details(self) -> None:
        """Which devices there are has changed."""
        self._news.set()

    async def run(self) -> None:
        """Keeps connected until cancelled; then the retained status says offline. Raises what `on_command` raises."""
        async with asyncio.TaskGroup() as tasks:
            # Apart from the sessions: an order that is being written outlives the connection it came by.
            tasks.create_task(self._inbox.run(), name="uplink-commands")
            tasks.create_task(self._keep_connected(), name="uplink-session")

    async def say_farewell(self, farewell: Farewell) -> str | None:
        """Send what was left under another name; why the broker refuses it, None: it does not."""
        self._farewells.append(farewell)
        try:
            return await farewell.said()
        finally:
            self._farewells.remove(farewell)

    async def _keep_connected(self) -> None:
        backoff = self._backoff()
        if self.options.reconnect_spread_s > 1:  # a street's power comes back at one moment
            pause_s = backoff.pause_s(0.0)
            log.info("uplink: the first attempt in %.0f s, by reconnect_spread", pause_s)
            await self._pause(pause_s)
        while True:
            ended = await self._attempt()
            if self.leave.is_taken:
                await asyncio.get_running_loop().create_future()  # until the daemon ends
            if isinstance(ended, CredentialsChanged):
                if self._reconfigured.is_set():
                    backoff = self._backoff()
                    log.info("uplink: by another configuration, connecting anew")
                else:
                    log.info("uplink: certificates or password were replaced, connecting anew")
                continue
            because = diagnose(ended)
            pause_s = backoff.pause_s(self._lasted_s, because.refused)
            self.status.on_failed(because, pause_s)
            await self._pause(pause_s)
            self.status.on_attempt()

    async def _pause(self, pause_s: float) -> None:
        await _first_of(self._sleep(pause_s), self._reconfigured.wait())

    def _backoff(self) -> Backoff:
        return self._own_backoff or broker_backoff(spread_s=self.options.reconnect_spread_s)

    async def _attempt(self) -> Exception:
        """One session to its end, and why it ended."""
        ended: list[Exception] = []
        try:
            await self._session()
        except* _ENDS_SESSION as group:
            ended = flatten(group)
        if (task := asyncio.current_task()) is not None and task.cancelling():
            # Python 3.11: a TaskGroup that is cancelled while it fails raises what it failed of, and nothing else.
            raise asyncio.CancelledError
        error = most_specific(ended)
        self._protocol.ended(self._spoken, error)
        self._retention.ended(error)
        return error

    async def _session(self) -> None:
        try:
            self._reconfigured.clear()
            # Files are read at each connection: what a technician replaced is used at once.
            who = await self._credentials.read()
            self.status.expiries, self.status.files_trouble = who.expiries, None
            self._spoken = self._protocol.settled(self.options)
            # Made here, where a defect in making it is one of the uplink: the pole goes on without.
            dialect = self._speaks(Topics(self.options.topics, *self._name))
            context = self._context(dialect, custody=self._custody)
            async with self._new_link(context, who) as link:
                self._protocol.let_in(self._spoken)
                link.retains = self._retention.let_in(link.retains)
                self.status.protocol = self._spoken.protocol
                self.status.broker_expiry = _expiry_of_broker(link)
                await self._talk(context, link, who.signature)
        finally:
            self._lasted_s = self.status.on_closed()

    async def _talk(self, context: UplinkContext, link: Link, signature: Signature) -> None:
        options, timings = self.options, self._timings
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
            self.status.on_connected(connection)
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
            identifier=self.options.client_id or dialect.client_id,
            will=will and structs.replace(will, retain=will.retain and self._retention.is_kept),
            answer_s=timings.answer_s,
            session_s=timings.session_s,
            # Room for a command that is too long, so that its sender hears of it.
            max_packet_bytes=4 * commands.MAX_POLE_COMMAND_BYTES,
            on_overflow=_counter(self.limiter, mapping.ask(lambda: dialect.command_topic, "command_topic")),
            meter=self.account.meter,
        )

    async def _replaced(self, connection: Connection, used: Signature) -> None:
        """Return when the files were, or the options."""
        renewed = self._credentials.replaced(used, self._timings.files_s, self._refuse_files)
        await _first_of(renewed, self._reconfigured.wait())
        if self._reconfigured.is_set():
            await connection.say_goodbye()  # the next broker may be another one

    def _refuse_files(self, words: str) -> None:
        self.status.files_trouble = Diagnosis("files", words)


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


async def _first_of(*works: Coroutine[Any, Any, object]) -> None:
    """Return, or raise, as the first of them does; the others are ended."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
