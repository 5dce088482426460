import asyncio
import gc
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiomqtt import MqttError, ProtocolVersion
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE_S

from drivers.mqtt.client import MqttClient, was_let_in
from drivers.mqtt.diagnosis import Diagnosis, diagnose
from drivers.mqtt.errors import ConnectRefused, Disconnected
from drivers.mqtt.limits import MOST_BEFORE_PAYLOAD
from drivers.mqtt.options import TlsOptions
from drivers.mqtt.packet_reader import READ_BYTES
from drivers.mqtt.packets import BadPacket
from drivers.mqtt.tls import tls_context
from drivers.mqtt.tls_socket import OneConnection

Make = Callable[..., Any]
V5, V311 = ProtocolVersion.V5, ProtocolVersion.V311
MESSAGES = 50
_CABLES: list[socket.socket] = []


@pytest.fixture(autouse=True)
def _pulled_out() -> Iterator[None]:
    """Closes both ends of every cable."""
    yield
    while _CABLES:
        _CABLES.pop().close()


def _wired(protocol: ProtocolVersion, **more: Any) -> tuple[MqttClient, socket.socket, socket.socket]:
    """A client that is to be let in, its end of the cable, and the broker's."""
    client = MqttClient("127.0.0.1", protocol=protocol, identifier="p1", **more)
    here, there = socket.socketpair()
    _CABLES.extend((here, there))
    here.setblocking(False)
    client._client._sock = here
    client._begin(here)
    return client, here, there


@pytest.mark.parametrize("closed", [False, True])
def test_a_socket_that_was_closed_meanwhile_is_not_watched(closed: bool) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        failures: list[dict[str, Any]] = []
        loop.set_exception_handler(lambda _, context: failures.append(context))
        client = MqttClient("127.0.0.1")
        here, there = socket.socketpair()
        client._client._sock = here
        client._on_socket_register_write(client._client, None, here)
        number = here.fileno()
        if closed:
            here.close()
        await asyncio.sleep(0.01)
        assert failures == []
        assert loop.remove_writer(number) is not closed
        client._client._sock = None
        here.close()
        there.close()

    asyncio.run(main())


HEADS = st.sampled_from([0x20, 0x30, 0x32, 0x34, 0x40, 0x62, 0x90, 0xD0, 0xE0, *range(256)])
BODIES = st.one_of(
    st.binary(max_size=40),
    st.builds(
        lambda topic, identifier, properties, rest: (
            len(topic).to_bytes(2, "big") + topic + identifier + bytes((len(properties),)) + properties + rest
        ),
        st.binary(max_size=4),
        st.sampled_from([b"", b"\0\1"]),
        st.binary(max_size=12),
        st.binary(max_size=4),
    ),
    st.builds(
        lambda start, properties: start + bytes((len(properties),)) + properties,
        st.sampled_from([b"\0\0", b"\0\1\0", b"\0"]),
        st.binary(max_size=12),
    ),
)
PACKETS = st.builds(lambda head, body: bytes((head, len(body))) + body, HEADS, BODIES)
STREAMS = st.one_of(st.lists(PACKETS, min_size=1, max_size=4).map(b"".join), st.binary(max_size=60))


@given(STREAMS, st.sampled_from([V5, V311]), st.booleans())
def test_whatever_bytes_come_nothing_but_the_connection_ends(
    stream: bytes, protocol: ProtocolVersion, let_in: bool
) -> None:
    async def main() -> None:
        failures: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
        client, here, there = _wired(protocol)
        if let_in:
            client._connected.set_result(None)
        there.sendall(stream)
        there.close()
        async with asyncio.timeout(PATIENCE_S):
            while client._client.socket() is not None:
                await asyncio.sleep(0)
        assert client._connected.done()
        ended = client._disconnected if was_let_in(client._connected) else client._connected
        if ended.done() and ended.exception() is not None:
            assert isinstance(ended.exception(), MqttError)
        assert here.fileno() == -1
        assert failures == []

    asyncio.run(main())


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_who_waits_for_the_connection_is_told_what_is_wrong_with_it(
    protocol: str, raw_broker: Make, misdeeds: Make
) -> None:
    """A caller that waits for the answer to SUBSCRIBE is told at once too; the socket is closed."""

    async def outcome(port: int) -> Exception | None:
        client = MqttClient("127.0.0.1", port, protocol=V5 if protocol == "5" else V311, identifier="p1", timeout=5)
        try:
            async with client:
                await client.subscribe("t")
                await anext(client.messages)
        except MqttError as error:
            return error if client._client.socket() is None else None
        return None

    async def main() -> None:
        bad = [each for each in misdeeds(protocol) if each.when != "PUBACK"]
        began_s = asyncio.get_running_loop().time()
        async with raw_broker(protocol, bad) as broker:
            found = {each.name: await outcome(broker.port) for each in bad}
        wrong = {
            name: error
            for name, error in found.items()
            if not isinstance(error, BadPacket) and not isinstance(getattr(error, "__cause__", None), BadPacket)
        }
        assert wrong == {}
        assert asyncio.get_running_loop().time() - began_s < 60

    asyncio.run(main())


@pytest.mark.parametrize(
    ("sends", "code"),
    [
        (b"\x30\x03\0\0\0", 0x82),
        (b"\x30\x04\0\1#\0", 0x90),
        (b"\x30\x07\0\1t\3\x23\0\5", 0x94),
        (b"\x30\x01\0", 0x81),
        (b"\xf0\0", 0x82),
    ],
)
def test_a_broker_that_speaks_mqtt_5_is_told_why(sends: bytes, code: int) -> None:
    async def main() -> None:
        client, _, there = _wired(V5)
        client._connected.set_result(None)
        there.sendall(sends)
        with pytest.raises(BadPacket):
            await asyncio.wait_for(client._disconnected, PATIENCE_S)
        assert there.recv(100) == bytes((0xE0, 1, code))
        assert there.recv(100) == b""
        there.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("protocol", "connack", "value"),
    [
        (V311, b"\x20\2\0\1", 0x84),
        (V311, b"\x20\2\0\5", 0x87),
        (V311, b"\x20\2\0\x63", 0x63),
        (V5, b"\x20\2\0\1", 0x84),
        (V5, b"\x20\3\0\x87\0", 0x87),
    ],
)
def test_a_refusal_is_none_of_the_bad_packets(protocol: ProtocolVersion, connack: bytes, value: int) -> None:
    async def main() -> None:
        client, _, there = _wired(protocol)
        there.sendall(connack)
        with pytest.raises(ConnectRefused) as refused:
            await asyncio.wait_for(client._connected, PATIENCE_S)
        assert refused.value.reason.code == value
        assert client.fault is refused.value and not client._disconnected.done()
        there.close()

    asyncio.run(main())


@pytest.mark.parametrize("code", [0, 0x04, 0x80, 0x86, 0x89, 0x8E, 0x97, 0xA2])
def test_what_the_broker_says_at_the_end_is_heard_of_by_whoever_waits(code: int) -> None:
    """Codes that MQTT 5 allows in other packets alone are told as well."""

    async def main() -> None:
        client, _, there = _wired(V5)
        client._connected.set_result(None)
        subscribing = asyncio.create_task(client.subscribe("t"))
        await asyncio.sleep(0)
        said = b"\x1f\0\x04why?"
        there.sendall(bytes((0xE0, 2 + len(said), code, len(said))) + said)
        there.close()
        for waits in (subscribing, client._disconnected):
            with pytest.raises(Disconnected, match=r"why\?") as ended:
                await asyncio.wait_for(waits, PATIENCE_S)
            assert ended.value.reason.code == code
        assert client.fault is ended.value

    asyncio.run(main())


def test_what_the_broker_said_is_heard_where_writing_shows_the_end_first() -> None:
    """It says why, and is gone; the next packet is written before the loop has looked whether there is one to read."""

    async def main() -> None:
        client, _, there = _wired(V5)
        client._connected.set_result(None)
        there.sendall(b"\xe0\1\x97")
        there.close()
        client._client.publish("t", b"x", 1)
        client._watch._write()
        assert isinstance(client.fault, Disconnected) and client.fault.reason.code == 0x97
        with pytest.raises(Disconnected, match="quota exceeded"):
            await client._disconnected

    asyncio.run(main())


def test_a_defect_of_ours_is_logged_and_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(MqttClient):
        def _on_message(self, *_: Any) -> None:
            raise AttributeError("not there")

    async def main() -> None:
        client = Broken("127.0.0.1", protocol=V311)
        here, there = socket.socketpair()
        here.setblocking(False)
        client._client._sock = here
        client._begin(here)
        client._connected.set_result(None)
        there.sendall(b"\x30\x03\0\1t")
        with pytest.raises(MqttError, match="defect in the connection: AttributeError: not there"):
            await asyncio.wait_for(client._disconnected, PATIENCE_S)
        there.close()

    asyncio.run(main())
    assert "AttributeError" in caplog.text


def test_a_ping_that_fails_ends_the_connection_and_is_no_task_that_nobody_waits_for() -> None:
    class Broken(MqttClient):
        def _on_disconnect(self, *_: Any, **__: Any) -> None:
            raise OSError("no route")

    async def main() -> None:
        client = Broken("127.0.0.1", protocol=V311, keepalive=1)
        here, there = socket.socketpair()
        here.setblocking(False)
        client._client._sock = here
        client._client._last_msg_out = 0.0  # a ping is due
        client._begin(here)
        client._connected.set_result(None)
        with pytest.raises(OSError, match="no route"):
            await asyncio.wait_for(client._disconnected, PATIENCE_S)
        there.close()

    asyncio.run(main())


def test_a_host_that_no_name_can_be_is_an_error_of_the_network() -> None:
    async def main() -> None:
        with pytest.raises(socket.gaierror, match=r"a\.\.b is no name of a host"):
            async with MqttClient("a..b"):
                pass

    asyncio.run(main())


async def _trouble(port: int, tls: bool) -> Diagnosis:
    context = OneConnection(tls_context(TlsOptions(), "uplink")) if tls else None
    with pytest.raises((OSError, MqttError)) as failed:
        await MqttClient("127.0.0.1", port, tls_context=context, timeout=0.2).__aenter__()
    return diagnose(failed.value)


@pytest.mark.parametrize("tls", [False, True])
def test_a_host_that_does_not_take_the_connection_is_out_of_reach(full_backlog: int, tls: bool) -> None:
    """The network lets packets vanish: nothing is known of a broker, so that it is not told as a silent one."""
    found = asyncio.run(_trouble(full_backlog, tls))
    assert found.name == "unreachable"
    assert found.words == "timed out: nobody answers there (is host right? does a firewall stand between?)"


@pytest.mark.parametrize(("tls", "what"), [(False, "no answer to CONNECT"), (True, "no answer to the TLS handshake")])
def test_who_takes_the_connection_and_says_nothing_is_silent(tls: bool, what: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = asyncio.run(_trouble(server.getsockname()[1], tls))
    assert (found.name, what in found.words) == ("silent", True)


def test_messages_leave_nothing_for_the_garbage_collector() -> None:
    """What it has to find stays in memory for half an hour: it looks at everything that seldom."""

    async def main() -> None:
        client, _, there = _wired(V311)
        client._connected.set_result(None)
        heard: list[object] = []
        client._client.on_message = lambda *args: heard.append(args[2].topic)
        reader = client._watch._reader
        there.sendall(b"\x30\x03\0\1t")
        reader.turn()
        while gc.collect():  # what others left, which a finalizer may hold once more
            pass
        gc.disable()
        try:
            there.sendall(b"\x30\x03\0\1t" * MESSAGES)
            while reader.turn():
                pass
            assert gc.collect() < MESSAGES
        finally:
            gc.enable()
        assert heard == ["t"] * (1 + MESSAGES)
        client._client._sock_close()
        there.close()

    asyncio.run(main())


@pytest.mark.parametrize("head", [0x30, 0x32, 0x90])
def test_a_packet_that_is_too_large_is_not_held(head: int) -> None:
    """A broker of MQTT 3.1.1 cannot be told to keep it back. A message comes without content, others are none."""

    async def main() -> None:
        client, _, there = _wired(V311, max_packet_bytes=4096)
        client._connected.set_result(None)
        heard: list[tuple[str, bytes, int]] = []
        client._client.on_message = lambda *args: heard.append((args[2].topic, args[2].payload, args[2].mid))
        reader, most = client._watch._reader, 0
        piece, count = bytes(4096), 512
        await _send(there, bytes((head, 0x80, 0x80, 0x80, 1)) + b"\0\1t\0\7" + piece[5:])
        for _ in range(count - 1):
            if client._disconnected.done():
                break
            await _send(there, piece)
            await asyncio.sleep(0)
            most = max(most, len(reader))
        assert most <= MOST_BEFORE_PAYLOAD + READ_BYTES
        async with asyncio.timeout(PATIENCE_S):
            while not (heard or client._disconnected.done()):
                await asyncio.sleep(0.001)
        if head == 0x90:
            assert isinstance(client._disconnected.exception(), BadPacket) and not heard
        else:
            assert [each[:2] for each in heard] == [("t", b"")] and not client._disconnected.done()
        client._client._sock_close()
        there.close()

    asyncio.run(main())


async def _send(there: socket.socket, data: bytes) -> None:
    there.setblocking(False)
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.get_running_loop().sock_sendall(there, data)
