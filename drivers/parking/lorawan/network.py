"""One MQTT client for all sensors of a ChirpStack: messages in, each handed to the sensor of its devEUI."""

import ssl
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from aiomqtt import Client, Message, MqttError, ProtocolVersion
from aiomqtt.exceptions import MqttConnectError
from msgspec import Struct
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.base import Emit, Reading
from drivers.drops import Drops
from drivers.errors import DeviceError, LineError
from drivers.parking.lorawan.chirpstack import MAX_BYTES, TOPIC, NotAnUplink, Uplink, uplink
from drivers.parking.lorawan.options import NetworkOptions

ANSWER_S = 10.0
"""How long the broker may take for an answer."""

LONGEST_PAUSE_S = 5.0
"""A broker that is back is found so soon: the frames until then are lost."""

MAX_WAITING = 1000
"""Messages that were not looked at yet. Looking takes no time, so that they come to that only while the box hangs."""

_REFUSED = 0x80
"""Reason codes of a SUBACK from here on are failures (MQTT 3.1.1 section 3.9.3, MQTT 5.0 section 3.9.3)."""


class Access(Struct, frozen=True):
    """Who we are and how the broker is verified."""

    password: str | None = None
    tls: ssl.SSLContext | None = None


class Member(Protocol):
    """A sensor of the network."""

    eui: str

    def take(self, heard: Uplink, at_s: float) -> None:
        """A frame of this sensor. Never waits."""
        ...

    def network_changed(self) -> None:
        """The network has come or gone."""
        ...


class Network:
    """Driver of [lorawan.NAME]: it is "reachable" while the broker hands messages over.

    Args:
        access: reads password and certificates, at each connection. Raises DeviceError.
    """

    longest_pause_s = LONGEST_PAUSE_S

    def __init__(self, name: str, options: NetworkOptions, access: Callable[[], Access]) -> None:
        self.name = name
        self._options, self._access = options, access
        self._members: dict[str, Member] = {}
        self._drops = Drops(name)
        self.failure: DeviceError | None = None
        """Why the broker is away; None: it is there, or not yet looked for."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """Messages since the start that were for no sensor of this pole, by cause."""
        return self._drops.counts

    def add(self, member: Member) -> None:
        self._members[member.eui] = member

    async def run(self, emit: Emit) -> None:
        """Listen until cancelled. Raises LineError: no broker, or it turned us away, or it was lost."""
        try:
            async with self._client() as client:
                await self._subscribe(client)
                self._changed(None)
                await emit(Reading(self.name, "reachable", True, time.monotonic()))
                async for message in client.messages:
                    self._hear(message)
            raise LineError(self.name, f"{self._broker()} ended the session")
        except DeviceError as error:
            self._changed(error)
            raise
        except (MqttError, OSError) as error:
            known = isinstance(error, MqttConnectError)
            hint = "check username and password_file" if known else "is ChirpStack's broker running there?"
            lost = LineError(self.name, f"{self._broker()}: {error}", hint)
            self._changed(lost)
            raise lost from error

    def _broker(self) -> str:
        return "MQTT broker {}:{}".format(*self._options.where)

    def _changed(self, failure: DeviceError | None) -> None:
        self.failure = failure
        for member in self._members.values():
            member.network_changed()

    def _client(self) -> Client:
        access, options = self._access(), self._options
        host, port = options.where
        is_v5 = options.protocol == "5"
        return Client(
            host,
            port,
            protocol=ProtocolVersion.V5 if is_v5 else ProtocolVersion.V311,
            username=options.username,
            password=access.password,
            tls_context=access.tls,
            keepalive=int(options.keepalive_s),
            timeout=ANSWER_S,
            # What was said while nobody listened is old, and says nothing of when it was said.
            clean_session=None if is_v5 else True,
            properties=_bounded() if is_v5 else None,
            max_queued_incoming_messages=MAX_WAITING,
        )

    async def _subscribe(self, client: Client) -> None:
        """Raises LineError."""
        granted = await client.subscribe(TOPIC, qos=1)
        if any((code if isinstance(code, int) else code.value) >= _REFUSED for code in granted):
            what = f"{self._broker()} does not let us subscribe to {TOPIC}"
            raise LineError(self.name, what, "give this user the right to read it")

    def _hear(self, message: Message) -> None:
        payload = message.payload
        if message.retain:
            self._drops.count("retained", "a retained message, which may be of any age, is left out")
        elif not isinstance(payload, bytes) or len(payload) > MAX_BYTES:
            self._drops.count("too_large", f"a message of more than {MAX_BYTES} bytes is left out")
        else:
            self._hand_over(payload)

    def _hand_over(self, payload: bytes) -> None:
        at_s = time.monotonic()
        try:
            heard = uplink(payload)
        except NotAnUplink as error:
            self._drops.count(
                "not_chirpstack", f"a message that is no uplink event of ChirpStack v4 is left out: {error}"
            )
            return
        member = self._members.get(heard.dev_eui)
        if member is None:
            self._drops.count("unknown_device", f"no sensor has the devEUI {heard.dev_eui}, which is left out")
        else:
            member.take(heard, at_s)


def _bounded() -> Properties:
    """The broker keeps back what is larger (MQTT 5.0, section 3.1.2.11.4)."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = 2 * MAX_BYTES
    return properties
