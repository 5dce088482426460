"""Brokers that are none of the city's, one a row: in each the password never leaves, and what is wrong has a name."""

import asyncio
import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import struct
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiomqtt import MqttError, ProtocolVersion
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from patience import PATIENCE_S

from drivers.mqtt.client import MqttClient
from drivers.mqtt.diagnosis import diagnose
from drivers.mqtt.options import TlsOptions
from drivers.mqtt.tls import tls_context
from drivers.mqtt.tls_socket import OneConnection

PASSWORD = "the-password-of-the-pole"
HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
LOCALHOST = x509.DNSName("localhost")
ANSWER_S = 1.0
DAY = dt.timedelta(days=1)

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Signed(NamedTuple):
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key


def _certificate(
    name: str,
    by: Signed | None = None,
    *,
    names: tuple[x509.GeneralName, ...] = (HERE,),
    key: Key | None = None,
    authority: bool = False,
    begin: dt.timedelta = -DAY,
    end: dt.timedelta = DAY,
    purpose: x509.ObjectIdentifier | None = None,
) -> Signed:
    """Args: by: who signs it; None: itself."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    now, subject = dt.datetime.now(dt.UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begin)
        .not_valid_after(now + end)
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return Signed(builder.sign(by.key if by else key, hashes.SHA256()), key)


@cache
def _city() -> Signed:
    return _certificate("city", authority=True, names=())


@cache
def _stranger() -> Signed:
    return _certificate("stranger", authority=True, names=())


def _context(folder: Path, *chain: Signed, most: ssl.TLSVersion | None = None, ciphers: str = "") -> ssl.SSLContext:
    """A server's, that shows these certificates; with ciphers of its own it speaks TLS 1.2 at most."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if ciphers:
        context.set_ciphers(ciphers)
    if most is not None:
        with warnings.catch_warnings(action="ignore"):  # what is old is asked for on purpose
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.maximum_version = most
    if chain:
        file = folder / "chain.pem"
        key = chain[0].key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        pem = b"".join(each.certificate.public_bytes(serialization.Encoding.PEM) for each in chain)
        file.write_bytes(key + pem)
        context.load_cert_chain(file)
    return context


class Connection:
    """The broker's end of a connection, which keeps every byte that came, before and after TLS."""

    def __init__(self, peer: socket.socket) -> None:
        self.peer = peer
        self.came = b""

    def hear(self, count: int = 4096) -> bytes:
        data = self.peer.recv(count)
        self.came += data
        return data

    def secured(self, context: ssl.SSLContext) -> None:
        """Speak TLS, and answer CONNECT. Raises OSError."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        self._pump(tls.do_handshake, incoming, outgoing)
        while data := self._pump(partial(tls.read, 4096), incoming, outgoing):
            self.came += data
            if data[0] >> 4 == 1:
                self._pump(partial(tls.write, b"\x20\x03\0\0\0"), incoming, outgoing)

    def _pump(self, step: Callable[[], Any], incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> Any:
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.peer.sendall(outgoing.read())
                data = self.hear()
                if not data:
                    raise ConnectionResetError from None
                incoming.write(data)
            finally:
                if outgoing.pending:
                    self.peer.sendall(outgoing.read())


Serve = Callable[[Connection], None]


class Server:
    """It serves one connection after the other, each in the same way."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.connections: list[Connection] = []
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    @property
    def came(self) -> bytes:
        return b"".join(each.came for each in self.connections)

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listening.accept()
                peer.settimeout(3 * ANSWER_S)
                self.connections.append(Connection(peer))
                with peer, contextlib.suppress(OSError):
                    self._serve(self.connections[-1])


def _shows(*chain: Callable[[], Signed], **more: Any) -> Callable[[Path], Serve]:
    def made(folder: Path) -> Serve:
        context = _context(folder, *(each() for each in chain), **more)
        return lambda connection: connection.secured(context)

    return made


def _of_city(**more: Any) -> Callable[[], Signed]:
    return lambda: _certificate("broker", _city(), **more)


def _by_a_leaf() -> tuple[Signed, Signed]:
    """A certificate of the city that is no authority signs another one."""
    leaf = _certificate("elsewhere", _city(), names=(x509.DNSName("broker.example"),))
    return _certificate("broker", leaf), leaf


def _a_leaf_that_signs(folder: Path) -> Serve:
    context = _context(folder, *_by_a_leaf())
    return lambda connection: connection.secured(context)


def _a_stranger_of_the_same_name(folder: Path) -> Serve:
    other = _certificate("city", authority=True, names=())
    context = _context(folder, _certificate("broker", other), other)
    return lambda connection: connection.secured(context)


def _says(answer: bytes) -> Callable[[Path], Serve]:
    """Something that is not TLS, once it has heard something."""

    def serve(connection: Connection) -> None:
        connection.hear()
        connection.peer.sendall(answer)
        while connection.hear():
            pass

    return lambda _: serve


def _closes(connection: Connection) -> None:
    connection.hear()


def _resets(connection: Connection) -> None:
    connection.hear()
    connection.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _is_silent(connection: Connection) -> None:
    while connection.hear():
        pass


def _stalls_midway(folder: Path) -> Serve:
    """It shows the right certificate, and half of what it would have to say."""
    context = _context(folder, _of_city()())

    def serve(connection: Connection) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(connection.hear())
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        answer = outgoing.read()
        connection.peer.sendall(answer[: len(answer) // 2])
        _is_silent(connection)

    return serve


def _drips(folder: Path) -> Serve:
    """It says what is right, a byte at a time: no single wait is long."""
    context = _context(folder, _of_city()())

    def serve(connection: Connection) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(connection.hear())
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        for byte in outgoing.read():
            connection.peer.sendall(bytes((byte,)))
            time.sleep(0.05)
        _is_silent(connection)

    return serve


_SUPPORTED_VERSIONS = bytes.fromhex("002b00050403040303")


class _Tampered(Connection):
    """Somebody has taken from the greeting that the pole speaks TLS 1.3."""

    def hear(self, count: int = 4096) -> bytes:
        data = super().hear(count)
        return data.replace(_SUPPORTED_VERSIONS, b"\x7a\x7a" + _SUPPORTED_VERSIONS[2:])


def _downgraded(folder: Path) -> Serve:
    context = _context(folder, _of_city()())

    def serve(connection: Connection) -> None:
        tampered = _Tampered(connection.peer)
        try:
            tampered.secured(context)
        finally:
            connection.came = tampered.came
            assert _SUPPORTED_VERSIONS in tampered.came

    return serve


def _asks_for_a_certificate(folder: Path, most: ssl.TLSVersion) -> Serve:
    context = _context(folder, _of_city()(), most=most)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=_city().certificate.public_bytes(serialization.Encoding.PEM).decode())
    return lambda connection: connection.secured(context)


@cache
def _weak_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)


UNTRUSTED, NAME = "certificate_untrusted", "certificate_name"
HTTP = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
HELLO_OF_TLS_1_1 = bytes.fromhex("160302002a0200002603022b" + "00" * 31 + "00c013000000")
BROKERS: dict[str, tuple[Callable[[Path], Serve], str]] = {
    "self-signed": (_shows(lambda: _certificate("broker")), UNTRUSTED),
    "another authority": (_shows(lambda: _certificate("broker", _stranger())), UNTRUSTED),
    "another authority, which it shows": (_shows(lambda: _certificate("broker", _stranger()), _stranger), UNTRUSTED),
    "an authority of the same name": (_a_stranger_of_the_same_name, UNTRUSTED),
    "signed by a certificate that is no authority": (_a_leaf_that_signs, UNTRUSTED),
    "an authority of its own in the middle is missing": (
        _shows(lambda: _certificate("broker", _certificate("middle", _city(), authority=True, names=()))),
        UNTRUSTED,
    ),
    "expired": (_shows(_of_city(begin=-9 * DAY, end=-DAY)), "certificate_expired"),
    "not yet valid": (_shows(_of_city(begin=DAY, end=9 * DAY)), "certificate_not_yet_valid"),
    "made for clients": (_shows(_of_city(purpose=ExtendedKeyUsageOID.CLIENT_AUTH)), UNTRUSTED),
    "another host": (_shows(_of_city(names=(x509.DNSName("broker.example"),))), NAME),
    "another address": (
        _shows(_of_city(names=(x509.IPAddress(ipaddress.ip_address("127.0.0.2")),))),
        NAME,
    ),
    "the address as a name": (_shows(_of_city(names=(x509.DNSName("127.0.0.1"),))), NAME),
    "a wildcard over addresses": (_shows(_of_city(names=(x509.DNSName("*.0.0.1"),))), NAME),
    "no name but that of its subject": (
        _shows(lambda: _certificate("127.0.0.1", _city(), names=())),
        NAME,
    ),
    "a key of 1024 bits": (_shows(_of_city(key=_weak_key()), ciphers="DEFAULT:@SECLEVEL=0"), UNTRUSTED),
    "TLS 1.1": (
        _shows(_of_city(), most=ssl.TLSVersion.TLSv1_1, ciphers="ALL:@SECLEVEL=0"),
        "tls",
    ),
    "TLS 1.0": (_shows(_of_city(), most=ssl.TLSVersion.TLSv1, ciphers="ALL:@SECLEVEL=0"), "tls"),
    "an answer in TLS 1.1": (_says(HELLO_OF_TLS_1_1), "tls"),
    "no encryption": (_shows(_of_city(), most=ssl.TLSVersion.TLSv1_2, ciphers="eNULL:@SECLEVEL=0"), "tls"),
    "no certificate": (_shows(most=ssl.TLSVersion.TLSv1_2, ciphers="aNULL:@SECLEVEL=0"), "tls"),
    "MQTT 5 in plain": (_says(b"\x20\3\0\0\0"), "tls"),
    "MQTT 3.1.1 in plain, which is shorter than a record of TLS": (_says(b"\x20\2\0\0"), "silent"),
    "somebody between who has it speak TLS 1.2": (_downgraded, "tls"),
    "HTTP": (_says(HTTP), "tls"),
    "noise": (_says(bytes(range(256)) * 40), "tls"),
    "an alert: handshake failure": (_says(b"\x15\3\3\0\2\2\x28"), "tls"),
    "an alert: unrecognised name": (_says(b"\x15\3\3\0\2\2\x70"), "tls"),
    "closes": (lambda _: _closes, "tls"),
    "resets": (lambda _: _resets, "connection_lost"),
    "is silent": (lambda _: _is_silent, "silent"),
    "stalls in the middle of the handshake": (_stalls_midway, "silent"),
    "shakes hands a byte at a time": (_drips, "silent"),
    "asks for a certificate that the pole has not, TLS 1.2": (
        lambda folder: _asks_for_a_certificate(folder, ssl.TLSVersion.TLSv1_2),
        "tls",
    ),
}
"""How to serve, and what it is called."""


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[str]:
    file = tmp_path / "city.pem"
    file.write_bytes(_city().certificate.public_bytes(serialization.Encoding.PEM))
    yield str(file)


async def _outcome(port: int, authority: str, host: str = "127.0.0.1") -> Exception | None:
    """What keeps a pole from that broker; None: it is let in."""
    context = OneConnection(tls_context(TlsOptions(ca_file=authority), "uplink"))
    client = MqttClient(
        host,
        port,
        username="pole",
        password=PASSWORD,
        tls_context=context,
        timeout=ANSWER_S,
        protocol=ProtocolVersion.V5,
        identifier="p1",
    )
    try:
        async with client:
            return None
    except (MqttError, OSError) as error:
        return error


@pytest.mark.parametrize("name", BROKERS)
def test_the_password_never_leaves(name: str, authority: str, tmp_path: Path) -> None:
    serve, word = BROKERS[name]
    with Server(serve(tmp_path)) as server:
        error = asyncio.run(_outcome(server.port, authority))
    assert error is not None and diagnose(error).name == word, repr(error)
    assert server.came, "it was spoken to"
    assert PASSWORD.encode() not in server.came
    assert b"MQTT" not in server.came


@pytest.mark.parametrize("names", [(x509.DNSName("*"),), (x509.DNSName("*.localhost"),), (x509.DNSName("*host"),)])
def test_no_wildcard_stands_for_a_host_of_one_label(
    names: tuple[x509.GeneralName, ...], authority: str, tmp_path: Path
) -> None:
    with Server(_shows(_of_city(names=names))(tmp_path)) as server:
        error = asyncio.run(_outcome(server.port, authority, "localhost"))
    assert error is not None and diagnose(error).name == NAME
    assert PASSWORD.encode() not in server.came


@pytest.mark.parametrize("host, names", [("127.0.0.1", (HERE,)), ("localhost", (LOCALHOST,))])
def test_it_does_leave_for_the_citys_own(
    host: str, names: tuple[x509.GeneralName, ...], authority: str, tmp_path: Path
) -> None:
    """The table above would show nothing without this."""
    with Server(_shows(_of_city(names=names))(tmp_path)) as server:
        assert asyncio.run(_outcome(server.port, authority, host)) is None
    assert PASSWORD.encode() in server.came


def test_a_broker_cannot_send_the_pole_to_another(authority: str, tmp_path: Path) -> None:
    """Server reference (MQTT 5.0, section 4.13): nobody is asked there, with or without the password."""
    context = _context(tmp_path, _of_city()())

    def refer(port: int) -> Serve:
        reference = f"127.0.0.1:{port}".encode()
        properties = b"\x1c" + len(reference).to_bytes(2, "big") + reference
        body = b"\0\x9c" + bytes((len(properties),)) + properties

        def serve(connection: Connection) -> None:
            with context.wrap_socket(connection.peer, server_side=True) as tls:
                tls.recv(4096)
                tls.sendall(bytes((0x20, len(body))) + body)
                tls.recv(4096)

        return serve

    with Server(_is_silent) as other, Server(refer(other.port)) as server:
        error = asyncio.run(_outcome(server.port, authority))
    assert error is not None and diagnose(error).name == "broker_moved"
    assert len(server.connections) == 1 and other.connections == []
