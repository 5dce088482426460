"""What cameras offer."""

import pytest

from drivers.camera.errors import SourceError
from drivers.camera.rtsp.description import Offer, channel_of, offer, session_of
from drivers.camera.rtsp.message import Answer

URL = "rtsp://cam/main"
HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=Media\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
AUDIO = "m=audio 0 RTP/AVP 0\r\na=control:trackID=2\r\n"
VIDEO = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=x-tool:y\r\n"


def of(body: str, **headers: str) -> Offer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return offer(Answer(200, "OK", named, body.encode()), URL)


def test_of_all_that_is_offered_the_first_video_alone_is_told_with_its_coding() -> None:
    found = of(HEAD + AUDIO + VIDEO + "a=control:trackID=1\r\n" + AUDIO)
    assert found.sdp.decode().splitlines()[-3:] == [
        "m=video 0 RTP/AVP 96",
        "a=rtpmap:96 H264/90000",
        "a=fmtp:96 packetization-mode=1",
    ]
    assert b"192.0.2.1" not in found.sdp
    assert b"x-tool" not in found.sdp
    assert (found.track, found.whole) == ("rtsp://cam/main/trackID=1", URL)


@pytest.mark.parametrize(
    ("control", "base", "track"),
    [
        ("track1", "rtsp://cam/main/", "rtsp://cam/main/track1"),
        ("track1", "", "rtsp://cam/main/track1"),
        ("rtsp://cam/x/track1", "rtsp://cam/main/", "rtsp://cam/x/track1"),
        ("*", "rtsp://cam/main/", "rtsp://cam/main/"),
    ],
)
def test_where_it_is_set_up(control: str, base: str, track: str) -> None:
    headers = {"content_base": base} if base else {}
    assert of(HEAD + VIDEO + f"a=control:{control}\r\n", **headers).track == track


@pytest.mark.parametrize("body", ["", HEAD, HEAD + AUDIO, "\0\xff", "m=video"])
def test_without_a_video_that_is_said(body: str) -> None:
    with pytest.raises(SourceError, match="no video in it"):
        of(body)


@pytest.mark.parametrize(
    ("header", "expected"),
    [("12345678;timeout=30", ("12345678", 30.0)), ("a", ("a", 60.0)), ("a;timeout=x", ("a", 60.0)), ("", ("", 60.0))],
)
def test_the_session(header: str, expected: tuple[str, float]) -> None:
    assert session_of(Answer(200, "OK", {"session": header})) == expected


def test_the_channel() -> None:
    assert channel_of(Answer(200, "OK", {"transport": "RTP/AVP/TCP;unicast;interleaved=4-5;ssrc=1"})) == 4
    with pytest.raises(SourceError, match="not send its pictures over this connection"):
        channel_of(Answer(200, "OK", {"transport": "RTP/AVP;unicast"}))
