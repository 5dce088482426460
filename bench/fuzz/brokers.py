"""The two clients of brokers against any bytes, on a real socket, with what reads their messages behind them."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from aiomqtt import MqttError
from fuzz.broken import Errors, Finding

from agent.uplink import commands
from drivers.lorawan.chirpstack import NotAnUplink, uplink
from drivers.lorawan.codecs import MODELS
from drivers.lorawan.codecs.frame import BadFrame
from drivers.mqtt.client import was_let_in
from drivers.mqtt.credentials import Credentials
from drivers.mqtt.link import Link
from drivers.mqtt.message import Received
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.session import Session

END_S = 20.0
"""A connection whose broker is gone has ended after that."""

CONTROL_BYTES = 1
PROTOCOLS = ("5", "3.1.1")


class Peer:
    """One edge. The first byte of an input says which protocol, and whether the broker has answered CONNECT."""

    def __init__(self, session: Callable[[BrokerOptions], Session], read: Callable[[Received], None]) -> None:
        self._session, self._read = session, read
        self._loop = asyncio.new_event_loop()
        self._errors = Errors()
        self._errors.listen()
        self._loop.set_exception_handler(lambda _, context: self._errors.words.append(str(context)))

    def one(self, data: bytes) -> None:
        """Raises Finding."""
        self._loop.run_until_complete(self._connection(data[0] if data else 0, data[CONTROL_BYTES:]))
        self._errors.judge()

    async def _connection(self, control: int, stream: bytes) -> None:
        client = self._session(BrokerOptions(host="127.0.0.1", protocol=PROTOCOLS[control & 1]))  # type: ignore[arg-type]
        here, there = socket.socketpair()
        here.setblocking(False)
        client._client._sock = here
        client._begin(here)
        if control & 2:
            client._connected.set_result(None)
        there.sendall(stream[: 1 << 16])
        there.shutdown(socket.SHUT_WR)
        try:
            async with asyncio.timeout(END_S):
                while client._client.socket() is not None:
                    await self._take(client)
                    await asyncio.sleep(0)
        except TimeoutError:
            raise Finding("the connection outlives its end") from None
        finally:
            there.close()
        self._judge(client, here)

    async def _take(self, client: Session) -> None:
        while len(client._arrived):
            message = await client.receive(None)
            if message is not None:
                self._read(message)
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


def _nothing(*_: Any) -> None: ...


def _link(options: BrokerOptions) -> Session:
    return Link(
        options,
        Credentials(),
        identifier="p1",
        will=None,
        answer_s=10.0,
        session_s=60,
        max_packet_bytes=4 * commands.MAX_POLE_COMMAND_BYTES,
        on_overflow=_nothing,
    )


def _network(options: BrokerOptions) -> Session:
    return Session(
        options,
        Credentials(),
        identifier="p1",
        session_s=60,
        max_packet_bytes=131_072,
        on_overflow=_nothing,
    )


def read_command(message: Received) -> None:
    commands.command(message.payload, message.retain)
    commands.reply("lamppost/", message.asked.response_topic, message.asked.correlation, message.asked.user)


def read_frame(message: Received) -> None:
    try:
        heard = uplink(message.payload)
        for model in MODELS.values():
            try:
                model.decode(heard.f_port, heard.payload)
            except BadFrame:
                continue
    except NotAnUplink:
        return


def of_the_uplink() -> Callable[[bytes], None]:
    return Peer(_link, read_command).one


def of_lorawan() -> Callable[[bytes], None]:
    return Peer(_network, read_frame).one
