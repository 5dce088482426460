"""One MQTT client for all sensors of a network server: messages in, each handed to the sensor of its devEUI."""

import logging
import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import Protocol

from drivers.backoff import Backoff
from drivers.base import Emit, Reading
from drivers.drop_counter import DropCounter
from drivers.errors import AccessRefused, DeviceError, LineError
from drivers.lorawan.downlinks import Downlinks
from drivers.lorawan.options import NetworkOptions
from drivers.lorawan.reader import MessageReader, Misread
from drivers.lorawan.replay import MOST_HELD, Backlog, ReceivedFrame
from drivers.lorawan.servers import SERVERS, Server
from drivers.lorawan.subscriptions import RefusedTopic, Subscriptions
from drivers.lorawan.uplink import MAX_BYTES, UplinkFrame
from drivers.mqtt.backoff import broker_backoff
from drivers.mqtt.credentials import CredentialReader
from drivers.mqtt.diagnosis import advice_of, diagnose
from drivers.mqtt.errors import CredentialsError, MqttError
from drivers.mqtt.packets import BadPacket
from drivers.mqtt.protocol import ProtocolChoice
from drivers.mqtt.reasons import NOT_AUTHORIZED
from drivers.mqtt.session import Session
from drivers.translation import _

log = logging.getLogger(__name__)

MORE_WAITS_S = 20.0
"""How often sensors are told that younger frames than the last may wait still, while others are dealt with."""

SOUND_S = 3.0
"""A broker that has sent a bad packet is there again when it has sent none for so long: it may send it each time, and
all sensors would come and go with it."""

UNREAD = _("messages of QoS 0 come faster than they can be read, and are left out")

LOOK_S = 1.0
"""How often it is looked whether frames that are held can be dated."""


class NetworkSensor(Protocol):
    """A sensor of the network.

    Args:
        topic: on which the server publishes what it says.
        beside: topics that are heard for it beside that.
        object_paths: what it wants of the server's own decoding.
    """

    eui: str
    topic: str
    beside: tuple[str, ...]
    object_paths: tuple[str, ...]

    def enqueue(self, heard: UplinkFrame, at_s: float, delay_s: float = 0.0) -> None:
        """A frame of this sensor, which was received at `at_s`, monotonic, and came `delay_s` later. Never waits."""
        ...

    async def drained(self) -> None:
        """Return when what was taken has been told, and what it came to is written."""
        ...

    def network_changed(self) -> None:
        """The network has come or gone."""
        ...

    def backlog_pending(self) -> None:
        """Frames that waited are being dealt with, and there may be more of this sensor among them."""
        ...


class Network:
    """Driver of [lorawan.NAME]: it is "reachable" while the broker hands messages over.

    Of a network of many sensors the pole hears its own alone. What is published while the pole is away waits at the
    broker, and comes when it is back, each frame after the one before it has been dealt with.

    Args:
        identifier: by which the broker knows this pole and this network again; None: only to look whether it is there.
        unix_s: what our clock says; None: it is not set.
        earliest_s: where it is not set: unix seconds before which it cannot be; None: it is set.
        turn: what a frame is handed over in, until what it came to is written.
        sound_s: see SOUND_S.
        backoff: pauses before the broker is tried again; None: those of every connection to a broker.
    """

    def __init__(
        self,
        name: str,
        options: NetworkOptions,
        identifier: str | None = None,
        *,
        unix_s: Callable[[], float | None] = lambda: None,
        earliest_s: Callable[[], float | None] = lambda: None,
        turn: AbstractAsyncContextManager[None] | None = None,
        sound_s: float = SOUND_S,
        backoff: Backoff | None = None,
    ) -> None:
        self.name, self.backoff = name, backoff or broker_backoff()
        self._turn = turn or nullcontext()
        self._sound_s, self._doubted = sound_s, False
        self.options, self._credentials = options, CredentialReader(options, f"lorawan.{name}", earliest_s)
        self._protocol, self._spoken = ProtocolChoice(name), options
        self._identifier, self._unix_s = identifier, unix_s
        self._sensors: defaultdict[str, list[NetworkSensor]] = defaultdict(list)
        self._members: list[NetworkSensor] = []
        self._subscriptions, self.downlinks = Subscriptions(self._members, options), Downlinks(name, options)
        self._drops = DropCounter(name)
        self._reader = MessageReader(name, options.server, self._drops, partial(_wanted, self._sensors))
        self._backlog = Backlog(options.session_s)
        self._unacknowledged: deque[tuple[Callable[[], None], UplinkFrame | None]] = deque()
        self._clock_is_off = False
        self._more_told_s = 0.0
        self.failure: DeviceError | None = None
        """Why the broker is away; None: it is there, or not yet looked for."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """Messages since the start that were for no sensor of this pole, and packets that were none, by cause."""
        return self._drops.counts

    def add(self, member: NetworkSensor) -> None:
        self._sensors[member.eui].append(member)
        self._members.append(member)
        self._subscriptions.changed()

    def remove(self, member: NetworkSensor) -> None:
        """Forgets a sensor; not while a frame is handed over to it."""
        self._sensors[member.eui].remove(member)
        if not self._sensors[member.eui]:
            del self._sensors[member.eui]
        self._members.remove(member)
        self._subscriptions.changed()

    async def run(self, emit: Emit) -> None:
        """Listens until cancelled. Raises LineError: no broker, or it was lost; AccessRefused: it refuses the login."""
        try:
            async with await self._session() as session:
                self._protocol.let_in(self._spoken)
                self._backlog.connected(time.monotonic(), session.resumed)
                self.downlinks.begin(session)
                _check_refused(self, await self._subscriptions.begin(session))
                if self._doubted:
                    await session.stands(self._sound_s)
                self._doubted = False
                if self._reader.trouble is None:
                    await self._tell_reachable(emit)
                await self._listen(session, emit)
        except DeviceError as error:
            self._changed(error)
            raise
        except (MqttError, OSError) as error:
            self._protocol.ended(self._spoken, error)
            if isinstance(error, BadPacket):
                self._doubted = True
                self._drops.add("bad_packet", _("{reason}, which has ended the connection").format(reason=error))
            found = diagnose(error)
            kind = AccessRefused if found.refused else LineError
            lost = kind(self.name, f"{_broker(self.options)}: {found.what}", found.advice)
            self._changed(lost)
            raise lost from error
        finally:
            self._subscriptions.ended()
            self.downlinks.ended()

    async def _session(self) -> Session:
        """Returns a session that is not yet connected. Reads the credentials anew each time. Raises DeviceError."""
        try:
            who = await self._credentials.read()
        except CredentialsError as error:
            raise DeviceError(self.name, str(error)) from error
        self._spoken = self._protocol.settled(self.options)
        return Session(
            self._spoken,
            who,
            identifier=self._identifier,
            session_s=int(self.options.session_s),
            max_packet_bytes=2 * MAX_BYTES,
            on_overflow=lambda _topic: self._drops.add("unread", UNREAD),
        )

    async def _tell_reachable(self, emit: Emit) -> None:
        self._changed(None)
        await emit(Reading(self.name, "reachable", True, time.monotonic()))

    def _changed(self, failure: DeviceError | None) -> None:
        self.failure = failure
        for member in self._members:
            member.network_changed()

    async def _listen(self, session: Session, emit: Emit) -> None:
        """Hands frames over until cancelled. Raises AccessRefused, MqttError; LineError: what comes cannot be read."""
        self._unacknowledged.clear()
        while True:
            _check_refused(self, await self._subscriptions.follow())
            message = await session.receive(LOOK_S if self._backlog.holds else None)
            if message is None:
                ready = self._backlog.look(time.monotonic(), self._unix_s())
            elif self.downlinks.takes(message):
                self._unacknowledged.append((session.receipt(message), None))
                ready = []
            else:
                heard = self._reader.frame_of(message)
                self._unacknowledged.append((session.receipt(message), heard))
                await self._check_readable(emit)
                ready = self._came(heard, message.arrived_s) if heard else []
            for each in ready:
                async with self._turn:
                    await self._hand_over(each)
                self._acknowledge(each.heard)
            if self._backlog.takes_all or not self._backlog.holds or len(self._unacknowledged) > MOST_HELD:
                self._acknowledge()

    async def _check_readable(self, emit: Emit) -> None:
        """Raises LineError, once, where nothing that comes can be read; tells that something can again."""
        trouble = self._reader.trouble
        if trouble is None and isinstance(self.failure, Misread):
            await self._tell_reachable(emit)
        elif trouble is not None and not isinstance(self.failure, Misread):
            self._acknowledge()
            raise trouble

    def _acknowledge(self, until: UplinkFrame | None = None) -> None:
        """Each as soon as it is dealt with: after a kill the last one may come again, and none before it."""
        while self._unacknowledged:
            acknowledge, heard = self._unacknowledged.popleft()
            acknowledge()
            self._backlog.free(time.monotonic())
            if until is not None and heard is until:
                return

    def _came(self, heard: UplinkFrame, at_s: float) -> list[ReceivedFrame]:
        now_s, unix_s = time.monotonic(), self._unix_s()
        came_unix_s = None if unix_s is None else unix_s - (now_s - at_s)
        ready = self._backlog.came(heard, at_s, came_unix_s, own=heard.dev_eui in self._sensors)
        off_s = 0.0 if came_unix_s is None else self._backlog.off_s(came_unix_s, at_s)
        if off_s and not self._clock_is_off:
            log.warning(
                "%s: the network server's clock is %.0f s %s of ours: frames that wait at the broker may be dated "
                "wrongly; let both boxes set their clocks by NTP",
                *(self.name, abs(off_s), "ahead" if off_s > 0 else "behind"),
            )
        self._clock_is_off = bool(off_s)
        return ready

    async def _hand_over(self, each: ReceivedFrame) -> None:
        members = self._sensors.get(each.heard.dev_eui)
        if members is None:
            what = _("no sensor has the devEUI {dev_eui}, which is left out").format(dev_eui=each.heard.dev_eui)
            self._drops.add("unknown_device", what)
            self._subscriptions.heard_other(each.heard.dev_eui)
        elif each.delay_s is None:
            self._drops.add("undated", _undated(SERVERS[self.options.server], each.heard))
        else:
            for member in tuple(members):
                member.enqueue(each.heard, each.at_s - each.delay_s, each.delay_s)
                await member.drained()
        if each.delay_s:
            self._check_backlog(time.monotonic())

    def _check_backlog(self, at_s: float) -> None:
        if at_s - self._more_told_s >= MORE_WAITS_S:
            self._more_told_s = at_s
            for member in self._members:
                member.backlog_pending()


def _check_refused(network: Network, refused: RefusedTopic | None) -> None:
    """Raises AccessRefused where the broker refuses a topic."""
    if refused is not None:
        what, why = _("{broker} does not let us subscribe to {topic}: {reason}"), refused.refusal
        what = what.format(broker=_broker(network.options), topic=refused.topic, reason=why.words)
        advice = "" if why.code == NOT_AUTHORIZED else advice_of(why.code)
        raise AccessRefused(network.name, what, advice or _("give this user the right to read it"))


def _wanted(sensors: Mapping[str, Sequence[NetworkSensor]], eui: str) -> Collection[str]:
    """What those of a device want of the network server's own decoding."""
    return [path for member in sensors.get(eui, ()) for path in member.object_paths]


def _undated(server: Server, heard: UplinkFrame) -> str:
    """Why a frame that may have waited cannot be dated, in words."""
    if heard.sent_s is None:
        what = _("a frame that may have waited at the broker is left out: {server} tells no time of its own ({clock})")
        return what.format(server=server.title, clock=server.clock)
    what = _("a frame that may have waited at the broker, with no time that can be right, is left out")
    return _("{what}: see the clocks of the network server's box and of its gateways").format(what=what)


def _broker(options: NetworkOptions) -> str:
    host, port = options.address
    return _("MQTT broker {host}:{port}").format(host=host, port=port)
