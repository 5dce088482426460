"""What stands on loopback between a camera and FFmpeg, where other programs of the box may look in."""

import socket
from urllib.parse import urlsplit

import numpy as np
import pytest
import rtsp_camera
from patience import PATIENCE_S

from drivers.camera.rtsp.relay import Relay, listener
from drivers.camera.rtsp.session import Session

GREY = np.full((64, 64, 3), 90, np.uint8)


def ask(url: str, path: str) -> bytes:
    port = urlsplit(url).port
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as other:
        other.sendall(f"DESCRIBE rtsp://127.0.0.1:{port}{path} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
        return other.recv(4096)


@pytest.mark.parametrize("path", ["/", "/main", ""])
def test_who_does_not_know_the_path_is_hung_up_on(path: str) -> None:
    with rtsp_camera.webcam(GREY) as camera:
        assert ask(Relay(Session(camera.url, PATIENCE_S), PATIENCE_S).url, path) == b""


def test_no_login_and_no_address_of_the_camera_reaches_ffmpeg() -> None:
    with rtsp_camera.webcam(GREY, login=("user", "secret")) as camera:
        relay = Relay(Session(camera.url, PATIENCE_S), PATIENCE_S)
        told = ask(relay.url, urlsplit(relay.url).path)
    assert told.startswith(b"RTSP/1.0 200 OK")
    assert b"secret" not in told + relay.url.encode()
    assert str(camera.port).encode() not in told


def test_one_connection_is_taken_and_no_second() -> None:
    with rtsp_camera.webcam(GREY) as camera:
        relay = Relay(Session(camera.url, PATIENCE_S), PATIENCE_S)
        assert ask(relay.url, urlsplit(relay.url).path)
        with socket.create_connection(listener().getsockname(), timeout=PATIENCE_S) as second:
            after = Relay(Session(camera.url, PATIENCE_S), PATIENCE_S)
            assert second.recv(1) == b""  # it has waited in vain
        assert ask(after.url, urlsplit(after.url).path)
