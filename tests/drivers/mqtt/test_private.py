"""What the room takes from the libraries without a promise: each name, and what is assumed of it."""

import ast
import asyncio
import inspect
import socket
import ssl
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode
from patience import PATIENCE_S

from drivers.mqtt.client import MqttClient
from drivers.mqtt.link import Link
from drivers.mqtt.private import AIOMQTT, PAHO, SSL
from drivers.mqtt.reasons import Reason
from drivers.mqtt.session import Session

HOUSE = Path(__file__).parents[3]
ROOM = HOUSE / "drivers" / "mqtt"
CALLBACKS = [name for name in AIOMQTT if name.startswith("_on_")]
OURS = (MqttClient, Link, Session)


def _private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _attributes(file: Path) -> Iterator[ast.Attribute]:
    """Every access to a private name in a module."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute) and _private(node.attr):
            yield node


def _own(file: Path) -> set[str]:
    """Private names that a module makes itself: functions and methods, fields, and what an object stores in itself."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    made = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    fields = {node.target.id for node in nodes if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    return (
        made | fields | {node.attr for node in _attributes(file) if isinstance(node.ctx, ast.Store) and _of_self(node)}
    )


def _of_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


async def _aiomqtt_names() -> set[str]:
    client = aiomqtt.Client("127.0.0.1")
    return {name for name in (*dir(client), *vars(client)) if _private(name)}


def test_every_use_is_in_the_table_and_the_table_has_no_other() -> None:
    theirs = asyncio.run(_aiomqtt_names())
    used: set[str] = set()
    for file in ROOM.glob("*.py"):
        of_a_client = file.stem in {"client", "link", "session"}
        inherited = (
            set().union(*(_own(ROOM / f"{stem}.py") for stem in ("client", file.stem))) if of_a_client else set()
        )
        own = (_own(file) | inherited) - (theirs if of_a_client else set())
        used |= {node.attr for node in _attributes(file) if node.attr not in own}
        if of_a_client:
            used |= {name for name in _own(file) if name in theirs}
    assert used == {*AIOMQTT, *PAHO, *SSL}


def test_nobody_outside_the_room_reaches_for_one_of_them() -> None:
    files = [
        file for folder in ("agent", "drivers") for file in (HOUSE / folder).rglob("*.py") if ROOM not in file.parents
    ]
    reaching = {
        f"{file.relative_to(HOUSE)}:{node.lineno} {node.attr}"
        for file in files
        for node in _attributes(file)
        if node.attr in {*AIOMQTT, *PAHO, *SSL} and not _of_self(node)
    }
    assert len(files) > 200 and reaching == set()


@pytest.mark.parametrize("ours", OURS)
def test_no_name_of_ours_has_become_one_of_theirs(ours: type) -> None:
    """A new version that takes one of them would be overridden without a word."""
    theirs = asyncio.run(_aiomqtt_names())
    stored = {node.attr for stem in ("client", "link", "session") for node in _attributes(ROOM / f"{stem}.py")}
    defined = {name for each in ours.__mro__ if each.__module__.startswith("drivers.") for name in vars(each)}
    clashes = {name for name in (defined | stored) & theirs if _private(name)}
    assert clashes <= set(AIOMQTT)


@pytest.mark.parametrize("name", CALLBACKS)
def test_callbacks_are_handed_to_paho_and_take_what_they_took(name: str) -> None:
    async def main() -> None:
        client = MqttClient("127.0.0.1")
        registered = getattr(client._client, name.removeprefix("_"))
        assert registered == getattr(client, name)
        theirs = list(inspect.signature(getattr(aiomqtt.Client, name)).parameters)
        for ours in OURS:
            assert list(inspect.signature(getattr(ours, name)).parameters) == theirs

    asyncio.run(main())


Check = Callable[[MqttClient, socket.socket], Awaitable[None]]
SUCCESS = ReasonCode(PacketTypes.CONNACK, identifier=0)
NOT_AUTHORISED = ReasonCode(PacketTypes.CONNACK, "Not authorized")
FLAGS = paho.ConnectFlags(session_present=False)
LOST = ReasonCode(PacketTypes.DISCONNECT, "Unspecified error")


async def _the_client_is_pahos(client: MqttClient, _: socket.socket) -> None:
    assert isinstance(client._client, paho.Client)


async def _the_loop_is_the_running_one(client: MqttClient, _: socket.socket) -> None:
    assert client._loop is asyncio.get_running_loop()


async def _connack_resolves_or_fails(client: MqttClient, _: socket.socket) -> None:
    assert not client._connected.done()
    aiomqtt.Client._on_connect(client, client._client, None, FLAGS, SUCCESS)
    assert client._connected.result() is None
    other = MqttClient("127.0.0.1")
    aiomqtt.Client._on_connect(other, other._client, None, FLAGS, NOT_AUTHORISED)
    assert isinstance(other._connected.exception(), MqttConnectError)


async def _the_end_fails_only_what_was_up(client: MqttClient, _: socket.socket) -> None:
    flags = paho.DisconnectFlags(is_disconnect_packet_from_server=False)
    aiomqtt.Client._on_disconnect(client, client._client, None, flags, LOST)
    assert not client._disconnected.done()
    client._connected.set_result(None)
    aiomqtt.Client._on_disconnect(client, client._client, None, flags, LOST)
    assert isinstance(client._disconnected.exception(), aiomqtt.MqttError)


async def _who_subscribes_waits_in_it(client: MqttClient, _: socket.socket) -> None:
    waiting = asyncio.create_task(client.subscribe("t"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    ((mid, answer),) = client._pending_subscribes.items()
    assert isinstance(answer, asyncio.Future)
    aiomqtt.Client._on_subscribe(client, client._client, None, mid, [Reason(1)])
    assert await waiting is None and client._pending_subscribes == {}


async def _who_unsubscribes_waits_in_it(client: MqttClient, _: socket.socket) -> None:
    waiting = asyncio.create_task(client.unsubscribe("t"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    ((mid, answer),) = client._pending_unsubscribes.items()
    assert isinstance(answer, asyncio.Event)
    aiomqtt.Client._on_unsubscribe(client, client._client, None, mid, [])
    await waiting
    assert client._pending_unsubscribes == {}


async def _pings_are_sent_by_a_coroutine(client: MqttClient, _: socket.socket) -> None:
    assert inspect.iscoroutinefunction(client._misc_loop)


async def _closing_ends_the_pings(client: MqttClient, _: socket.socket) -> None:
    await asyncio.sleep(0)
    assert client._misc_task is not None and client._misc_task.get_name()
    client._client._sock_close()
    await asyncio.wait({client._misc_task}, timeout=PATIENCE_S)
    assert client._misc_task.cancelled()


async def _the_host_is_kept(client: MqttClient, _: socket.socket) -> None:
    assert client._hostname == "127.0.0.1"


async def _it_connects_in_the_thread_that_calls(_: MqttClient, __: socket.socket) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = MqttClient("127.0.0.1", server.getsockname()[1], protocol=aiomqtt.ProtocolVersion.V311)
        opened_in: list[threading.Thread] = []
        client._client.on_socket_open = lambda *_: opened_in.append(threading.current_thread())
        client._client_connect()
        assert opened_in == [threading.current_thread()] and client._client.socket() is not None
        client._client._sock_close()


async def _closing_closes_once_and_leaves_the_loop(client: MqttClient, _: socket.socket) -> None:
    mine = client._client.socket()
    assert mine is not None
    number = mine.fileno()
    client._client._sock_close()
    client._client._sock_close()
    assert (mine.fileno(), client._client.socket()) == (-1, None)
    assert not asyncio.get_running_loop().remove_reader(number)


async def _the_packet_that_has_come_is_dealt_with(client: MqttClient, there: socket.socket) -> None:
    seen: list[tuple[str, bytes]] = []
    client._connected.set_result(None)
    client._client.on_message = lambda _client, _data, message: seen.append((message.topic, message.payload))
    there.sendall(b"\x30\5\0\1t\0x")
    async with asyncio.timeout(PATIENCE_S):
        while not seen and client.fault is None:
            await asyncio.sleep(0)
    assert seen == [("t", b"x")]


async def _a_code_ends_the_connection(client: MqttClient, _: socket.socket) -> None:
    client._connected.set_result(None)
    client._client._loop_rc_handle(paho.MQTTErrorCode.MQTT_ERR_CONN_LOST)
    assert client._client.socket() is None and isinstance(client._disconnected.exception(), aiomqtt.MqttError)


async def _without_a_sign_of_life_it_pings_and_then_ends(client: MqttClient, there: socket.socket) -> None:
    """This number alone decides it, although bytes come."""
    client._client._state = paho._ConnectionState.MQTT_CS_CONNECTED
    client._connected.set_result(None)
    client._client._last_bytes_received -= client._client._keepalive
    client._client.loop_misc()
    client._client.loop_write()
    assert there.recv(10) == b"\xc0\0"
    client._client._last_bytes_received -= client._client._keepalive
    client._client.loop_misc()
    assert client._client.socket() is None


async def _what_waits_to_be_written_is_counted(client: MqttClient, _: socket.socket) -> None:
    client._client.ack(1, 1)
    client._client.manual_ack_set(True)
    client._client.ack(2, 1)
    assert len(client._client._out_packet) == 1
    client._client.loop_write()
    assert len(client._client._out_packet) == 0


async def _pubrec_goes_out_by_itself(client: MqttClient, there: socket.socket) -> None:
    client._client._send_pubrec(7)
    client._client.loop_write()
    assert there.recv(10) == b"\x50\x02\x00\x07"


async def _identifiers_follow_one_another_and_are_never_0(client: MqttClient, _: socket.socket) -> None:
    mids = [client._client._mid_generate() for _ in range(65_537)]
    assert mids == [*range(1, 65_536), 1, 2]


async def _bytes_go_out_behind_what_was_queued(client: MqttClient, there: socket.socket) -> None:
    """Two packets that are queued as one, whose first byte is the first packet's."""
    client._client._send_pubrec(7)
    client._client._packet_queue(0x30, b"\x32\5\0\1t\0\1" + b"\x32\5\0\1t\0\2", 0, 1)
    client._client.loop_write()
    assert there.recv(50) == b"\x50\x02\x00\x07\x32\5\0\1t\0\1\x32\5\0\1t\0\2"


async def _a_ping_is_noted_until_it_is_answered(client: MqttClient, there: socket.socket) -> None:
    client._connected.set_result(None)
    assert client._client._ping_t == 0
    client._client._send_pingreq()
    assert client._client._ping_t > 0
    there.sendall(b"\xd0\0")
    async with asyncio.timeout(PATIENCE_S):
        while client._client._ping_t:
            await asyncio.sleep(0)


async def _each_message_is_looked_for_in_it(client: MqttClient, there: socket.socket) -> None:
    """It is asked with `iter_match` for each message, which none but `on_message` gets where it finds nothing."""
    client._connected.set_result(None)
    heard: list[str] = []
    client._client.on_message = lambda *args: heard.append(args[2].topic)
    client._client._on_message_filtered["t"] = lambda *_: heard.append("of the topic alone")
    there.sendall(b"\x30\x04\0\1t\0")
    client._client.loop_read()
    assert heard == ["t"]


ASSUMED: dict[str, Check] = {
    "_client": _the_client_is_pahos,
    "_loop": _the_loop_is_the_running_one,
    "_connected": _connack_resolves_or_fails,
    "_disconnected": _the_end_fails_only_what_was_up,
    "_pending_subscribes": _who_subscribes_waits_in_it,
    "_pending_unsubscribes": _who_unsubscribes_waits_in_it,
    "_misc_loop": _pings_are_sent_by_a_coroutine,
    "_misc_task": _closing_ends_the_pings,
    "_hostname": _the_host_is_kept,
    "_client_connect": _it_connects_in_the_thread_that_calls,
    "_sock_close": _closing_closes_once_and_leaves_the_loop,
    "_packet_handle": _the_packet_that_has_come_is_dealt_with,
    "_on_message_filtered": _each_message_is_looked_for_in_it,
    "_in_packet": _the_packet_that_has_come_is_dealt_with,
    "_loop_rc_handle": _a_code_ends_the_connection,
    "_last_bytes_received": _without_a_sign_of_life_it_pings_and_then_ends,
    "_mid_generate": _identifiers_follow_one_another_and_are_never_0,
    "_packet_queue": _bytes_go_out_behind_what_was_queued,
    "_ping_t": _a_ping_is_noted_until_it_is_answered,
    "_out_packet": _what_waits_to_be_written_is_counted,
    "_send_pubrec": _pubrec_goes_out_by_itself,
}


@pytest.mark.parametrize("name", ASSUMED)
def test_what_is_assumed_of_it_holds(name: str) -> None:
    async def main() -> None:
        client = MqttClient("127.0.0.1", protocol=aiomqtt.ProtocolVersion.V5, identifier="p1")
        here, there = socket.socketpair()
        here.setblocking(False)
        client._client._sock = here
        client._begin(here)
        await ASSUMED[name](client, there)
        client._client._sock_close()
        there.close()
        await asyncio.sleep(0)

    asyncio.run(main())


def test_every_name_is_tried() -> None:
    assert {*ASSUMED, *CALLBACKS} == {*AIOMQTT, *PAHO}


def test_a_tls_socket_tells_the_chain_that_it_verified(tmp_path: Path) -> None:
    """`_sslobj`: the certificates in PEM, the peer's own first."""
    files = [str(tmp_path / name) for name in ("broker.pem", "broker.key")]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run([*made, "-subj", "/CN=b", "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    serving, asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=files[0])
    serving.load_cert_chain(*files)
    asking.check_hostname = False
    here, there = socket.socketpair()

    def serve() -> None:
        with serving.wrap_socket(there, server_side=True) as secured:
            secured.recv(1)

    broker = threading.Thread(target=serve)
    broker.start()
    with asking.wrap_socket(here) as secured:
        connection: Any = secured._sslobj
        (certificate,) = connection.get_verified_chain()
        assert certificate.public_bytes() == Path(files[0]).read_text()
        secured.send(b"x")
    broker.join(PATIENCE_S)
