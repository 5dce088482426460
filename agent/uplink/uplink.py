"""An uplink: one session with its broker after the other; what waits, and commands under way, outlive each."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from agent.clock import Clock, SystemClock
from agent.isolation import Isolation
from agent.store import Position, Stored, StoreError
from agent.uplink.budget import Account
from agent.uplink.commands import Reply
from agent.uplink.connection import CredentialsChanged
from agent.uplink.context import States, UplinkContext
from agent.uplink.custody import Custody
from agent.uplink.diagnosis import diagnose
from agent.uplink.dialects import SPOKEN, Dialect, Topics
from agent.uplink.farewell import Farewell
from agent.uplink.inbox import WAITING, Arrival, Inbox, OnCommand
from agent.uplink.leave import Leave
from agent.uplink.options import UplinkOptions, table_of
from agent.uplink.quarantine import Quarantine
from agent.uplink.rate_limit import CommandLimiter
from agent.uplink.response_topics import ResponseTopics
from agent.uplink.session import Session, Timings, first_of
from agent.uplink.status import UplinkStatus
from agent.uplink.withholding import Withholding
from drivers.backoff import Backoff
from drivers.mqtt.backoff import broker_backoff
from drivers.mqtt.diagnosis import flatten, most_specific
from drivers.mqtt.errors import CredentialsError, MqttError
from drivers.mqtt.plaintext import refuse_plaintext

log = logging.getLogger(__name__)

# What ends a session and is followed by another one. A store that refuses is among them: the rules are told of a full
# disk by their own commits, and what was not deleted is sent again under the same id.
_ENDS_SESSION = (MqttError, OSError, CredentialsError, StoreError, CredentialsChanged)


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
        self._clock = clock or SystemClock()
        self.status = UplinkStatus("", now_s)
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
        self._take(options)

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
        confirmed = options.confirm == "consumer"
        custody = Custody(self._position, float(options.confirm_within_s)) if confirmed else None
        self._session = Session(
            options,
            self._table,
            partial(self._context, custody=custody),
            lambda: self._speaks(Topics(options.topics, *self._name)),
            status=self.status,
            clock=self._clock,
            meter=self.account.meter,
            timings=self._timings,
            reconfigured=self._reconfigured,
            farewells=self._farewells,
        )
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
        await first_of(self._sleep(pause_s), self._reconfigured.wait())

    def _backoff(self) -> Backoff:
        return self._own_backoff or broker_backoff(spread_s=self.options.reconnect_spread_s)

    async def _attempt(self) -> Exception:
        """One session to its end, and why it ended."""
        ended: list[Exception] = []
        session = self._session
        try:
            await session.run()
        except* _ENDS_SESSION as group:
            ended = flatten(group)
        finally:
            self._lasted_s = self.status.on_closed()
        if (task := asyncio.current_task()) is not None and task.cancelling():
            # Python 3.11: a TaskGroup that is cancelled while it fails raises what it failed of, and nothing else.
            raise asyncio.CancelledError
        error = most_specific(ended)
        session.ended(error)
        return error
