"""The MQTT session: drains the outbox, hands commands over, tells whether the pole is there, comes back by itself."""

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiomqtt import MqttError, ProtocolVersion
from aiomqtt.exceptions import MqttConnectError
from msgspec import Struct

from agent.store import Store, StoreError
from agent.uplink import cloudevents, trust
from agent.uplink.backoff import Reconnect
from agent.uplink.cloudevents import BadCommand, CloudEvents
from agent.uplink.drain import Drain
from agent.uplink.link import Link, Turned
from agent.uplink.options import UplinkOptions
from agent.uplink.trust import UplinkError
from drivers.base import Command

log = logging.getLogger(__name__)

OnCommand = Callable[[Command | BadCommand], Awaitable[object]]

# What ends a session and is followed by another one. A store that refuses is among them: the rules are told of a full
# disk by their own commits, and what was not deleted is sent again under the same id.
_ENDS_SESSION = (MqttError, OSError, UplinkError, StoreError)
# "Bad user name or password", "not authorized", "banned": MQTT 3.1.1 table 3.1; MQTT 5.0 section 3.2.2.2.
_TURNED_AWAY = {4, 5, 0x86, 0x87, 0x8A}


class Timings(Struct, frozen=True):
    """Durations of a session.

    Args:
        answer_s: the broker may take so long for an answer.
        settle_s, again_s: see Drain.
        goodbye_s: at the end, for "offline" to get out.
        session_s: the broker keeps commands for a pole that is away (MQTT 5).
    """

    answer_s: float = 10.0
    settle_s: float = 0.05
    again_s: float = 60.0
    goodbye_s: float = 0.5
    session_s: int = 7 * 24 * 3600


class Uplink:
    """Everything between the store and the broker.

    Args:
        site, pole: make the topics and the client id `lamppost.SITE.POLE`.
        on_command: is awaited for one message after the other, whatever becomes of the connection meanwhile.
        details: what the retained status says beside `online`; asked at each connection.
        backoff, sleep, now_s: pauses between sessions, monotonic seconds.

    Raises UplinkError for a broker on the network without TLS.
    """

    def __init__(
        self,
        options: UplinkOptions,
        site: str,
        pole: str,
        store: Store,
        on_command: OnCommand,
        *,
        details: Callable[[], Mapping[str, Any]] = dict,
        timings: Timings = Timings(),  # noqa: B008 - frozen
        backoff: Reconnect | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        trust.refuse_plaintext(options)
        self._options, self._store, self._on_command, self._details = options, store, on_command, details
        self._dialect = CloudEvents(site, pole)
        self._client_id = f"lamppost.{site}.{pole}"
        self.port = options.port or (8883 if options.tls else 1883)
        self._timings, self._backoff = timings, backoff or Reconnect()
        self._sleep, self._now_s = sleep, now_s
        self._commands: asyncio.Queue[Command | BadCommand] = asyncio.Queue(100)
        self._drain: Drain | None = None
        self._connected_at_s: float | None = None
        self._lasted_s = 0.0
        self._failure: str | None = None
        self._sent_before = 0
        self._told_down = False

    @property
    def connected(self) -> bool:
        return self._connected_at_s is not None

    @property
    def last_error(self) -> str | None:
        """Why there is no connection, or what the broker refuses; None: nothing is wrong."""
        if self._failure is not None or self._drain is None:
            return self._failure
        return self._drain.refusal

    @property
    def sent(self) -> int:
        """Events acknowledged since the start."""
        return self._sent_before + (self._drain.sent if self._drain else 0)

    async def run(self) -> None:
        """Until cancelled; then the retained status says offline. Raises what `on_command` raises."""
        async with asyncio.TaskGroup() as tasks:
            # Apart from the sessions: an order that is being carried out outlives the connection it came by.
            tasks.create_task(self._carry_out(), name="uplink-commands")
            tasks.create_task(self._keep_connected(), name="uplink-session")

    async def _carry_out(self) -> None:
        while True:
            await self._on_command(await self._commands.get())

    async def _keep_connected(self) -> None:
        while True:
            turned_away = await self._attempt()
            await self._sleep(self._backoff.pause_s(self._lasted_s, turned_away))

    async def _attempt(self) -> bool:
        """One session to its end; whether the broker refused who we are or what we say."""
        ended: list[Exception] = []
        try:
            await self._session()
        except* _ENDS_SESSION as group:
            ended = _leaves(group)
        self._went_down(_in_words(ended[0]))
        return any(_is_refusal(error) for error in ended)

    async def _session(self) -> None:
        try:
            async with await self._new_link() as link:
                await self._talk(link)
        finally:
            self._lasted_s = 0.0 if self._connected_at_s is None else self._now_s() - self._connected_at_s
            self._connected_at_s = None

    async def _talk(self, link: Link) -> None:
        try:
            await self._greet(link)
            await self._serve(link)
        except asyncio.CancelledError:
            await self._say_goodbye(link)
            raise

    async def _new_link(self) -> Link:
        # Certificates and password are read at each connection: what a technician replaced is used at once.
        tls, password = await asyncio.to_thread(self._credentials)
        options, timings = self._options, self._timings
        return Link(
            options.host,
            self.port,
            protocol=ProtocolVersion.V5 if options.protocol == "5" else ProtocolVersion.V311,
            identifier=self._client_id,
            username=options.username,
            password=password,
            keepalive_s=max(1, round(options.keepalive_s)),
            will=self._dialect.status(False),
            answer_s=timings.answer_s,
            session_s=timings.session_s,
            # Room for a command that is too long, so that its sender hears of it.
            max_packet_bytes=16 * cloudevents.MAX_COMMAND_BYTES,
            tls_context=tls,
        )

    def _credentials(self) -> tuple[ssl.SSLContext | None, str | None]:
        tls = self._options.tls
        return (
            trust.tls_context(tls) if tls else None,
            trust.password(self._options.password_file) if self._options.password_file else None,
        )

    async def _greet(self, link: Link) -> None:
        refused = await self._subscribe(link)
        await link.deliver(self._dialect.status(True, self._details()))
        self._came_up()
        self._failure = refused

    async def _subscribe(self, link: Link) -> str | None:
        """Why commands will not come (None: they will): events go up all the same."""
        codes = await link.subscribe(self._dialect.command_topic, qos=1)
        code = codes[0] if isinstance(codes[0], int) else codes[0].value
        if code < 0x80:
            return None
        refused = f"the broker refuses the subscription to {self._dialect.command_topic}: allow it in its access list"
        log.warning("uplink: %s", refused)
        return refused

    async def _serve(self, link: Link) -> None:
        self._drain = Drain(
            self._store,
            self._dialect,
            link,
            in_flight=min(self._options.in_flight, link.receive_maximum),
            settle_s=self._timings.settle_s,
            again_s=self._timings.again_s,
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(link), name="uplink-listen")
                tasks.create_task(self._drain.run(), name="uplink-drain")
        finally:
            self._sent_before, self._drain = self.sent, None

    async def _listen(self, link: Link) -> None:
        """Raises MqttError when the connection ends."""
        async for message in link.messages:
            await self._commands.put(cloudevents.command(message.payload, message.retain))

    async def _say_goodbye(self, link: Link) -> None:
        """An orderly end keeps the broker from sending the will, so the pole says it itself."""
        link.timeout = self._timings.goodbye_s
        # QoS 0: it is in order before DISCONNECT on the same connection, and waits for no turn among the events.
        farewell = self._dialect.status(False)
        try:
            await link.deliver(cloudevents.Message(farewell.topic, farewell.payload, qos=0, retain=True))
        except MqttError as error:
            log.info("uplink: the broker was not told of the end, its will tells: %s", error)

    def _came_up(self) -> None:
        self._connected_at_s = self._now_s()
        if self._told_down:
            log.warning("uplink to %s:%d is back", self._options.host, self.port)
        else:
            log.info("uplink to %s:%d is up", self._options.host, self.port)
        self._told_down = False

    def _went_down(self, words: str) -> None:
        self._failure = words
        if not self._told_down:
            log.warning("uplink to %s:%d is down: %s; events are kept", self._options.host, self.port, words)
        self._told_down = True


def _leaves(group: BaseExceptionGroup[Exception]) -> list[Exception]:
    found: list[Exception] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def _in_words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _is_refusal(error: Exception) -> bool:
    if isinstance(error, MqttConnectError):
        code = error.rc if isinstance(error.rc, int) else getattr(error.rc, "value", 0)
        return code in _TURNED_AWAY
    return isinstance(error, Turned)
