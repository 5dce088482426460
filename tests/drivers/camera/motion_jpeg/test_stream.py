"""Motion JPEG of a camera on loopback, over the whole of a live source."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import http_camera
import numpy as np
import pytest
from camera_certificate import own_certificate
from http_camera import HEAD, HttpCamera, part

from drivers.camera.access import Access
from drivers.camera.errors import SourceError
from drivers.camera.live import LiveSource
from drivers.camera.source import Frame

PICTURE = http_camera.jpeg(np.full((48, 80, 3), 90, np.uint8))
PASSWORD = "a/b@c:d#e?f %41\"'\\ é"


@pytest.fixture
def shelf(tmp_path: Path) -> tuple[str, ssl.SSLContext]:
    return own_certificate(tmp_path)


def until(source: LiveSource) -> Frame:
    while True:
        if found := source.frame(5.0):
            return found


@pytest.mark.parametrize("with_length", [True, False])
@pytest.mark.parametrize("boundary", ["cam", "--cam"])
def test_pictures_come_as_cameras_write_them(with_length: bool, boundary: str) -> None:
    sent = part(PICTURE, with_length=with_length)
    with HttpCamera(sent, head=HEAD.format(boundary=boundary)).serving() as camera:
        source = LiveSource(camera.url, 0.1)
        assert until(source).picture.shape == (48, 80, 3)
        source.close()
    assert camera.asked[0].startswith("GET /video.mjpg?size=1 HTTP/1.0\r\nHost: 127.0.0.1:")


def test_chunks_are_read_though_none_were_asked_for() -> None:
    sent = part(PICTURE)
    chunked = HEAD.format(boundary="cam").replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n")
    with HttpCamera(b"%x\r\n%b\r\n" % (len(sent), sent), head=chunked).serving() as camera:
        source = LiveSource(camera.url, 0.1)
        until(source)
        source.close()


def test_a_login_with_any_characters_is_told_to_whoever_asks_for_it() -> None:
    with HttpCamera(part(PICTURE), login=("öl:", PASSWORD)).serving() as camera:
        source = LiveSource(camera.url, 0.1, access=Access(username="öl:", password=PASSWORD))
        until(source)
        source.close()
    assert len(camera.asked) == 2
    assert "Authorization" not in camera.asked[0]


def test_where_digest_is_known_the_password_stays_here() -> None:
    challenge = 'Digest realm="cam", nonce="n", qop="auth"'
    with (
        HttpCamera(part(PICTURE), login=("u", PASSWORD), challenge=challenge).serving() as camera,
        pytest.raises(SourceError, match=r"refuses user and password \(401"),
    ):
        LiveSource(camera.url, 0.1, access=Access(username="u", password=PASSWORD))
    assert 'uri="/video.mjpg?size=1"' in camera.asked[1]
    assert "Basic" not in camera.asked[1]


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("HTTP/1.0 302 Found\r\nLocation: http://u:gate7@192.0.2.1/\r\n\r\n", "sends us to another address.*not foll"),
        ("HTTP/1.0 404 Not Found\r\n\r\n", r"refuses \(404 Not Found\)"),
        ("HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\n", "sends no motion JPEG, but 'image/jpeg'"),
        ("RTSP/1.0 200 OK\r\n\r\n", "what is no HTTP"),
        ("", "closed the connection"),
    ],
)
def test_what_is_wrong_is_named(head: str, words: str) -> None:
    with HttpCamera(head=head).serving() as camera, pytest.raises(SourceError, match=words) as caught:
        LiveSource(camera.url, 0.1)
    assert "gate7" not in str(caught.value)


def test_damaged_pictures_are_counted_and_not_given() -> None:
    with HttpCamera(part(PICTURE), part(PICTURE[:-20])).serving() as camera:
        source = LiveSource(camera.url, 0.01)
        while source.damaged < 2:
            until(source)
        source.close()


def test_a_picture_larger_than_allowed_ends_it() -> None:
    with HttpCamera(part(PICTURE)).serving() as camera:
        source = LiveSource(camera.url, 0.1, largest=(16, 16))
        with pytest.raises(SourceError, match="its pictures have 80 x 48 px"):
            until(source)


def test_over_tls_a_camera_shows_the_certificate_that_is_named(shelf: tuple[str, ssl.SSLContext]) -> None:
    pem, context = shelf
    with HttpCamera(part(PICTURE), context=context).serving() as camera:
        source = LiveSource(camera.url, 0.1, access=Access(authorities=pem))
        until(source)
        source.close()


@pytest.fixture
def encrypted(shelf: tuple[str, ssl.SSLContext]) -> Iterator[HttpCamera]:
    with HttpCamera(part(PICTURE), context=shelf[1], login=("u", "gate7")).serving() as camera:
        yield camera


def test_whoever_is_not_proven_to_be_the_camera_is_told_nothing(encrypted: HttpCamera, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other, _context = own_certificate(tmp_path / "other")
    for authorities, words in (("", "name its certificate or its authority: ca_file"), (other, "check that ca_file")):
        with pytest.raises(SourceError, match=f"is not trusted.*{words}"):
            LiveSource(encrypted.url, 0.1, access=Access("tcp", "u", "gate7", authorities))
    with pytest.raises(SourceError, match="does not speak TLS"):
        _to_one_without_tls()
    assert encrypted.asked == []


def _to_one_without_tls() -> None:
    with HttpCamera().serving() as camera:
        LiveSource(camera.url.replace("http:", "https:"), 0.1, open_timeout_s=1.0)


def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    pem, context = own_certificate(tmp_path, "DNS:camera.example")
    with (
        HttpCamera(part(PICTURE), context=context).serving() as camera,
        pytest.raises(SourceError, match="not trusted"),
    ):
        LiveSource(camera.url, 0.1, access=Access(authorities=pem))
