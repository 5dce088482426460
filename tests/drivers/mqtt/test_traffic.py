"""The bytes of a connection are those that go over the wire, and none is counted twice."""

import asyncio
import contextlib
import socket
import ssl
import struct
import subprocess
import threading
from pathlib import Path

import pytest
from patience import PATIENCE_S

from drivers.mqtt.client import MqttClient
from drivers.mqtt.options import TlsOptions
from drivers.mqtt.tls import tls_context
from drivers.mqtt.tls_socket import OneConnection
from drivers.mqtt.traffic import Traffic, TrafficMeter, of_info, of_socket

PAYLOAD = 300_000


def _info(*, timestamps: bool, received: int, out: int, into: int, sent: int) -> bytes:
    info = bytearray(232)
    info[5] = 1 if timestamps else 0
    struct.pack_into("=Q", info, 128, received)
    struct.pack_into("=II", info, 136, out, into)
    struct.pack_into("=Q", info, 200, sent)
    return bytes(info)


@pytest.mark.parametrize(
    ("family", "timestamps", "header"),
    [(socket.AF_INET, False, 40), (socket.AF_INET, True, 52), (socket.AF_INET6, True, 72)],
)
def test_each_segment_has_its_headers(family: int, timestamps: bool, header: int) -> None:
    info = _info(timestamps=timestamps, received=700, out=5, into=3, sent=1000)
    assert of_info(info, family) == Traffic(1000 + 5 * header, 700 + 3 * header)


def test_a_kernel_that_does_not_tell_is_none_that_sent_nothing() -> None:
    assert of_info(bytes(192), socket.AF_INET) is None
    one, other = socket.socketpair()
    assert of_socket(one) is None
    one.close()
    other.close()


def test_what_the_kernel_counts_is_what_went_over_the_wire() -> None:
    meter = TrafficMeter()
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as here:
            there, _ = server.accept()
            reading = threading.Thread(target=_read_all, args=(there,))
            reading.start()
            here.sendall(bytes(PAYLOAD))
            here.shutdown(socket.SHUT_WR)
            reading.join(PATIENCE_S)
            assert here.recv(10) == b"thank you"
            found = meter.total()
            assert found == Traffic(), "it is not known yet"
            meter.see(here)
            found = meter.total()
            assert PAYLOAD < found.sent < PAYLOAD * 1.1 and 9 < found.received < 5000
            meter.see(here)
            assert meter.total().sent <= found.sent + 200, "what was counted is not counted again"
        there.close()
        after = meter.total()
        with socket.create_connection(server.getsockname()) as again:
            again.sendall(b"x" * 1000)
            meter.see(again)
            assert 1000 < meter.total().sent - after.sent < 1500, "another connection is added"


def _read_all(there: socket.socket) -> None:
    while there.recv(65536):
        pass
    there.sendall(b"thank you")


def test_a_handshake_that_comes_to_no_connection_is_counted(tmp_path: Path) -> None:
    """A broker of another authority: each attempt costs some kilobytes, and there is one a minute."""
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    files = [str(tmp_path / name) for name in ("broker.pem", "broker.key")]
    subprocess.run([*made, "-subj", "/CN=b", "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(*files)
    meter = TrafficMeter()

    async def main(port: int) -> None:
        context = OneConnection(tls_context(TlsOptions(), "uplink"))
        client = MqttClient("127.0.0.1", port, meter=meter, tls_context=context, timeout=10)
        with pytest.raises(ssl.SSLCertVerificationError):
            async with client:
                pass

    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        with contextlib.suppress(OSError), serving.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        broker = threading.Thread(target=serve, args=(server,))
        broker.start()
        asyncio.run(main(server.getsockname()[1]))
        broker.join(PATIENCE_S)
    assert meter.total().sent > 300 and meter.total().received > 500
