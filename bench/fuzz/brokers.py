"""The two clients of brokers against any bytes, on a real socket, with what reads their messages behind them."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Literal

from aiomqtt import MqttError
from fuzz.broken import Errors, Finding, judge_values, judge_words
from msgspec import structs

from agent.uplink import commands
from drivers.base import Reading
from drivers.lorawan import LorawanSensor, Network, NetworkOptions, models
from drivers.lorawan.sensor import LorawanDriver
from drivers.mqtt.client import was_let_in
from drivers.mqtt.credentials import Credentials
from drivers.mqtt.link import Link
from drivers.mqtt.message import Received
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.session import Session

END_S = 20.0
"""A connection whose broker is gone has ended after that."""

CONTROL_BYTES, LET_IN = 1, 2
UNIX_S = 1_798_000_000.0
EUIS = tuple(f"70b3d5a1c0de{n:04x}" for n in range(1, 1 + len(models.names())))
"""The sensors of the network, one of each model."""

Protocol = Literal["5", "3.1.1"]


class Peer:
    """One edge. The first byte of an input says whether the broker has answered CONNECT.

    Args:
        reader: makes what reads the messages of one connection.
    """

    def __init__(
        self,
        protocol: Protocol,
        session: Callable[[BrokerOptions], Session],
        reader: Callable[[], Callable[[Received], None]],
    ) -> None:
        self._options, self._session, self._reader = BrokerOptions(host="127.0.0.1", protocol=protocol), session, reader
        self._loop = asyncio.new_event_loop()
        self._errors = Errors()
        self._errors.listen()
        self._loop.set_exception_handler(lambda _, context: self._errors.words.append(str(context)))

    def one(self, data: bytes) -> None:
        """Raises Finding."""
        self._loop.run_until_complete(self._connection(bool(data) and data[0] & LET_IN, data[CONTROL_BYTES:]))
        self._errors.judge()

    async def _connection(self, let_in: bool | int, stream: bytes) -> None:
        client, read = self._session(self._options), self._reader()
        here, there = socket.socketpair()
        here.setblocking(False)
        client._client._sock = here
        client._begin(here)
        if let_in:
            client._connected.set_result(None)
        there.sendall(stream[: 1 << 16])
        there.shutdown(socket.SHUT_WR)
        try:
            async with asyncio.timeout(END_S):
                while client._client.socket() is not None:
                    await self._take(client, read)
                    await asyncio.sleep(0)
        except TimeoutError:
            raise Finding("the connection outlives its end") from None
        finally:
            there.close()
        self._judge(client, here)

    async def _take(self, client: Session, read: Callable[[Received], None]) -> None:
        while len(client._arrived):
            message = await client.receive(None)
            if message is not None:
                read(message)
                client.acknowledge(message)

    def _judge(self, client: Session, here: socket.socket) -> None:
        """Raises Finding."""
        if here.fileno() != -1:
            raise Finding("the socket outlives its connection")
        ended = client._disconnected if was_let_in(client._connected) else client._connected
        why = ended.exception() if ended.done() else None
        if why is not None and not isinstance(why, MqttError | OSError):
            raise Finding(f"{type(why).__name__}: {why}")
        if "defect" in str(why):
            raise Finding(str(why))
        if why is not None:
            judge_words(str(why))


def _nothing(*_: Any) -> None: ...


def link_to(options: BrokerOptions) -> Session:
    link = Link(
        options,
        Credentials(),
        identifier="p1",
        will=None,
        answer_s=10.0,
        session_s=60,
        max_packet_bytes=4 * commands.MAX_POLE_COMMAND_BYTES,
        on_overflow=_nothing,
    )
    # Of two messages one is acknowledged unread, as in a flood.
    link.lets_by = lambda _topic, packet: len(packet) % 2 == 1
    return link


def network_of(options: BrokerOptions) -> Session:
    return Session(
        options,
        Credentials(),
        identifier="p1",
        session_s=60,
        max_packet_bytes=131_072,
        on_overflow=_nothing,
    )


def read_command(message: Received) -> None:
    for heard in (
        commands.command(message.payload, message.retain),
        commands.reply("lamppost/", message.asked.response_topic, message.asked.correlation, message.asked.user),
    ):
        if isinstance(heard, commands.BadCommand):
            judge_words(heard.reason)
        elif isinstance(heard, str):
            judge_words(heard)


class Town:
    """A network with a sensor of each model, as far as the readings of each frame."""

    def __init__(self) -> None:
        self._network = Network("town", NetworkOptions(host="127.0.0.1"), unix_s=lambda: UNIX_S)
        self._sensors = {
            eui: LorawanDriver(
                eui, LorawanSensor(network="town", dev_eui=eui, model=name), self._network, models.model(name)
            )
            for eui, name in zip(EUIS, models.names(), strict=True)
        }

    def read(self, message: Received) -> None:
        heard = self._network._reader.frame_of(message)
        for each in self._network._came(heard, message.arrived_s) if heard else ():
            sensor = self._sensors.get(each.heard.dev_eui)
            if sensor is not None and each.delay_s is not None:
                sensor.enqueue(each.heard, each.at_s - each.delay_s, each.delay_s)
                self._tell(sensor)

    def _tell(self, sensor: LorawanDriver) -> None:
        """Has the sensor tell its readings, which waits for nothing."""
        telling = sensor.tell(_judge)
        try:
            telling.send(None)
        except StopIteration:
            return
        raise Finding("a sensor waits before it tells")


async def _judge(told: Reading) -> None:
    judge_values(structs.astuple(told))
    if told.delay_s < 0:
        raise Finding(f"{told.quantity} came {told.delay_s} s before it was sent")


def of_the_uplink(protocol: Protocol) -> Callable[[bytes], None]:
    return Peer(protocol, link_to, lambda: read_command).one


def of_lorawan(protocol: Protocol) -> Callable[[bytes], None]:
    return Peer(protocol, network_of, lambda: Town().read).one
