"""Cameras on loopback that lie, dawdle and point elsewhere: none learns more than its own login, or holds us up."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import rtsp_camera
from numpy.typing import NDArray

from drivers.camera.errors import SourceError
from drivers.camera.live import LiveSource
from drivers.camera.rtsp.session import Session

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def grey() -> Picture:
    return np.full((64, 64, 3), 90, np.uint8)


@pytest.fixture
def elsewhere() -> Iterator[tuple[int, list[bytes]]]:
    """Another host, and what it is told."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            with connection:
                heard.append(connection.recv(4096))

    thread = threading.Thread(target=listen)
    thread.start()
    yield listener.getsockname()[1], heard
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


AWAY = (
    "rtsp://eve:gate7@127.0.0.1:{elsewhere}/y",
    "//eve:gate7@127.0.0.1:{elsewhere}/y",
    "rtsps://eve:gate7@127.0.0.1:{elsewhere}/y",
    "http://eve:gate7@127.0.0.1:{elsewhere}/y",
    "rtsp://127.0.0.1:{elsewhere}/y?user=eve&password=gate7",
    "rtsp://127.0.0.1:{elsewhere}/user=eve_password=gate7_channel=1",
)
"""Another port, scheme or login, and none of them in its own place."""


@pytest.mark.parametrize("method", ["DESCRIBE", "SETUP", "PLAY"])
@pytest.mark.parametrize("location", AWAY)
def test_wherever_it_is_sent_nobody_goes_and_no_login_is_told(
    grey: Picture, elsewhere: tuple[int, list[bytes]], location: str, method: str
) -> None:
    port, heard = elsewhere
    answer = f"RTSP/1.0 308 Go\r\nCSeq: {{cseq}}\r\nLocation: {location.format(elsewhere=port)}\r\n\r\n"
    with (
        rtsp_camera.webcam(grey, {method: answer}) as camera,
        pytest.raises(SourceError, match="sends us to another address") as caught,
    ):
        Session(camera.url, 5.0)
    assert "gate7" not in str(caught.value)
    assert heard == []


def test_one_that_asks_to_go_elsewhere_while_it_plays_is_not_followed(
    grey: Picture, elsewhere: tuple[int, list[bytes]]
) -> None:
    """REDIRECT says so (RFC 2326, 10.10)."""
    port, heard = elsewhere
    asked = f"REDIRECT * RTSP/1.0\r\nCSeq: 7\r\nLocation: rtsp://127.0.0.1:{port}/y\r\n\r\n"
    with rtsp_camera.webcam(grey, {"PLAY": asked + "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n\r\n"}) as camera:
        source = LiveSource(camera.url, 0.1)
        assert source.frame(5.0)
        source.close()
    assert heard == []


@pytest.mark.parametrize("status", [301, 302, 303, 305, 307, 308])
def test_one_that_sends_us_to_another_host_is_not_followed(
    grey: Picture, elsewhere: tuple[int, list[bytes]], status: int
) -> None:
    port, heard = elsewhere
    answer = f"RTSP/1.0 {status} Go\r\nCSeq: {{cseq}}\r\nLocation: rtsp://eve:gate7@127.0.0.1:{port}/y\r\n\r\n"
    with (
        rtsp_camera.webcam(grey, {"DESCRIBE": answer}) as camera,
        pytest.raises(SourceError, match="sends us to another address") as caught,
    ):
        LiveSource(camera.url, 1.0)
    assert f"rtsp://(hidden)@127.0.0.1:{port}/y" in str(caught.value), "the technician may want to look at it"
    assert "gate7" not in str(caught.value)
    assert heard == []


def test_a_description_that_names_another_host_leads_nowhere(grey: Picture, elsewhere: tuple[int, list[bytes]]) -> None:
    port, heard = elsewhere
    body = rtsp_camera.SDP.format(extra=f"c=IN IP4 192.0.2.1\r\na=control:rtsp://127.0.0.1:{port}/x\r\n")
    body = body.replace("a=control:track1", f"a=control:rtsp://127.0.0.1:{port}/x/track1")
    answer = f"RTSP/1.0 200 OK\r\nCSeq: {{cseq}}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    with rtsp_camera.webcam(grey, {"DESCRIBE": answer}) as camera:
        source = LiveSource(camera.url, 0.1)
        assert source.frame(5.0)
        source.close()
    assert heard == []


@pytest.mark.parametrize("length", ["2000000000", "65537", "-1", "1e3", "٣"])
def test_a_description_of_any_length_is_not_waited_for(grey: Picture, length: str) -> None:
    answer = f"RTSP/1.0 200 OK\r\nCSeq: {{cseq}}\r\nContent-Length: {length}\r\n\r\n"
    with (
        rtsp_camera.webcam(grey, {"DESCRIBE": answer}) as camera,
        pytest.raises(SourceError, match=r"announces an answer of .* bytes; at most 65536 are taken"),
    ):
        Session(camera.url, 5.0)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"DESCRIBE": b"HTTP/1.1 200 OK\r\n\r\n"}, "what is no RTSP"),
        ({"DESCRIBE": b"x" * 20_000}, "what is no RTSP"),
        ({"DESCRIBE": b"RTSP/1.0 200 OK\r\n" + b"X-A: b\r\n" * 100_000}, "what is no RTSP"),
        (
            {"DESCRIBE": b"RTSP/1.0 200 OK\r\nContent-Length: 65536\r\n\r\n" + b"a=x:y\r\nm=v\r\n" * 6_000},
            "no video in it",
        ),
        ({"DESCRIBE": b"\r\n\r\n"}, "no answer in time"),
        ({"DESCRIBE": b"\0\r\n\r\n"}, "what is no RTSP"),
        ({"DESCRIBE": "RTSP/1.0 404 Not Found\r\nCSeq: {cseq}\r\n\r\n"}, r"refuses \(404 Not Found\)"),
        ({"DESCRIBE": "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n\r\n"}, "no video in it"),
        ({"SETUP": "RTSP/1.0 461 Unsupported Transport\r\nCSeq: {cseq}\r\n\r\n"}, r"does not send over TCP \(461"),
        (
            {"SETUP": "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nTransport: RTP/AVP;unicast;client_port=5-6\r\n\r\n"},
            "does not send its pictures over this connection",
        ),
        ({"PLAY": "RTSP/1.0 453 Not Enough Bandwidth\r\nCSeq: {cseq}\r\n\r\n"}, "453 Not Enough Bandwidth"),
        ({"DESCRIBE": b""}, "no answer in time"),
        ({"DESCRIBE": "RTSP/1.0 200 OK\r\nCSeq: 99\r\n\r\n"}, "no answer in time"),
    ],
)
def test_what_is_wrong_is_named(grey: Picture, answers: dict[str, str | bytes], words: str) -> None:
    with rtsp_camera.webcam(grey, answers) as camera, pytest.raises(SourceError, match=words):
        Session(camera.url, 0.3)


def test_one_that_drips_is_given_up_when_the_time_for_all_of_it_is_over() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip() -> None:
        with listener.accept()[0] as connection:
            while not ended.wait(0.05):
                connection.sendall(b"R")

    thread = threading.Thread(target=drip)
    thread.start()
    began_s = time.monotonic()
    with pytest.raises(SourceError, match="no answer in time"):
        Session(f"rtsp://127.0.0.1:{listener.getsockname()[1]}/", 0.4)
    assert time.monotonic() - began_s < 60.0, "what drips would go on for ever"
    ended.set()
    thread.join()
    listener.close()


def test_the_password_goes_by_digest_where_the_camera_knows_it(grey: Picture) -> None:
    with rtsp_camera.webcam(grey, login=("us:er", "se/cr@t %")) as camera:
        url = camera.url.replace("user:secret", "us%3Aer:se%2Fcr%40t%20%25")
        Session(url, 5.0).close()
    assert not any("Basic" in asked or "cr@t" in asked for asked in camera.asked)


@pytest.mark.parametrize("who", ["user:wrong@", ""])
def test_a_wrong_password_is_asked_for_no_second_time(grey: Picture, who: str) -> None:
    with (
        rtsp_camera.webcam(grey, login=("user", "secret")) as camera,
        pytest.raises(SourceError, match=r"refuses user and password \(401"),
    ):
        Session(camera.url.replace("user:secret@", who), 5.0)
    assert len(camera.asked) == (2 if who else 1)


def test_what_the_camera_asks_of_us_is_answered_and_harms_nothing(grey: Picture) -> None:
    asked = "OPTIONS * RTSP/1.0\r\nCSeq: 7\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n\r\n"
    with rtsp_camera.webcam(grey, {"PLAY": asked}) as camera:
        session = Session(camera.url, 5.0)
        while not (packets := session.packets(session.sockets)):  # of a picture that is whole
            continue
        assert packets[0].channel == 0
        session.close()


def test_the_reason_of_an_end_is_told(grey: Picture, capsys: pytest.CaptureFixture[str]) -> None:
    with rtsp_camera.webcam(grey) as camera:
        source = LiveSource(camera.url, 0.1)
        assert source.frame(5.0)
        camera.hang_up.set()
        with pytest.raises(SourceError, match="it has closed the connection"):
            _until_lost(source.frame)


def _until_lost(frame: Callable[[float], object]) -> None:
    while True:
        frame(5.0)
