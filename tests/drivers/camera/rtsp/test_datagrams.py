"""Pictures that a camera on loopback sends over UDP, or refuses to."""

import socket
from collections.abc import Callable

import numpy as np
import pytest
import rtsp_camera
from numpy.typing import NDArray

from drivers.camera.access import Access
from drivers.camera.errors import SourceError
from drivers.camera.live import LiveSource
from drivers.camera.rtsp.session import Session
from drivers.camera.source import Frame

Picture = NDArray[np.uint8]
UDP, AUTO = Access("udp"), Access("auto")


@pytest.fixture(scope="module")
def grey() -> Picture:
    return np.full((64, 64, 3), 90, np.uint8)


def until(frame: Callable[[float], Frame | None]) -> Frame:
    """The next picture, however long it takes."""
    while True:
        if found := frame(5.0):
            return found


@pytest.mark.parametrize("access", [UDP, AUTO])
def test_pictures_come_over_udp_where_that_is_asked_for_or_the_camera_knows_no_other(
    grey: Picture, access: Access
) -> None:
    with rtsp_camera.webcam(grey, ways=("udp",)) as camera:
        source = LiveSource(camera.url, 0.1, access=access)
        assert until(source.frame).picture.shape == (64, 64, 3)
        source.close()
    assert sum("client_port" in each for each in camera.asked) == 1


def test_tcp_is_taken_first_where_both_will_do(grey: Picture) -> None:
    with rtsp_camera.webcam(grey) as camera:
        Session(camera.url, 5.0, AUTO).close()
    assert not any("client_port" in each for each in camera.asked)


@pytest.mark.parametrize(
    ("ways", "access", "words"),
    [
        (("udp",), Access(), r'does not send over TCP \(461.*set transport to "udp" or "auto"'),
        (("tcp",), UDP, r'does not send over UDP \(461.*set transport to "tcp"'),
        ((), AUTO, r"does not send over UDP \(461"),
    ],
)
def test_a_refusal_of_one_way_names_the_other(grey: Picture, ways: tuple[str, ...], access: Access, words: str) -> None:
    with rtsp_camera.webcam(grey, ways=ways) as camera, pytest.raises(SourceError, match=words):
        Session(camera.url, 5.0, access)


def test_pictures_of_which_something_is_lost_are_counted_and_not_shown(grey: Picture) -> None:
    with rtsp_camera.webcam(grey, lost=lambda number: number % 40 == 39) as camera:
        source = LiveSource(camera.url, 0.04, access=UDP)
        while source.damaged < 3:
            until(source.frame)
        source.close()


def test_a_way_that_a_firewall_closes_is_named(grey: Picture) -> None:
    with (
        rtsp_camera.webcam(grey, lost=lambda number: True) as camera,
        pytest.raises(SourceError, match=r"nothing has come over UDP.*let a firewall pass"),
    ):
        LiveSource(camera.url, 0.1, access=UDP, open_timeout_s=0.5)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"SETUP": "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nTransport: RTP/AVP;unicast\r\n\r\n"}, "from which ports"),
        ({"SETUP": "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nTransport: RTP/AVP;server_port=70000-70001\r\n\r\n"}, "ports"),
    ],
)
def test_a_camera_that_does_not_say_where_it_sends_from_is_not_listened_to(
    grey: Picture, answers: dict[str, str | bytes], words: str
) -> None:
    with rtsp_camera.webcam(grey, answers) as camera, pytest.raises(SourceError, match=words):
        Session(camera.url, 5.0, UDP)


def test_pictures_of_which_nobody_can_tell_whether_they_are_whole_are_not_taken_over_udp(grey: Picture) -> None:
    body = rtsp_camera.SDP.format(extra="").replace("H264", "VP8")
    answer = f"RTSP/1.0 200 OK\r\nCSeq: {{cseq}}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    with (
        rtsp_camera.webcam(grey, {"DESCRIBE": answer}) as camera,
        pytest.raises(SourceError, match=r'of VP8 it is not known .*transport to "tcp"'),
    ):
        Session(camera.url, 5.0, UDP)


def test_what_another_sends_to_the_same_port_is_not_taken(grey: Picture) -> None:
    with rtsp_camera.webcam(grey) as camera:
        camera.silent.set()
        session = Session(camera.url, 5.0, UDP)
        video = session.sockets[1]
        with socket.socket(type=socket.SOCK_DGRAM) as other:
            other.sendto(b"\x80\xe0\0\1\0\0\0\0\0\0\0\1\x65", video.getsockname())
        assert session.packets([video]) == []
        session.close()
