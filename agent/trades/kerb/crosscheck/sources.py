"""`source` of a camera, and by what it is reached: an address that can be, a login that nobody else reads."""

import re
import stat
from pathlib import Path

from agent.config.crosscheck import broker_files
from agent.config.crosscheck.hosts import is_host
from agent.config.problems import Report, without_secrets
from agent.config.reader import Table
from drivers.camera.stream_url import is_stream
from drivers.translation import _

_AUTHORITY = re.compile(
    r"(?:rtsp|http)s?://(?:[^/?#]*@)?(?P<host>\[[^\]/]*\]|[^/?#:]*)(?::(?P<port>\d{0,5}))?", re.ASCII
)
_LOGIN = re.compile(r"\w+://[^/?#]*@")
_HIGHEST_PORT = 65_535
_OF_STREAMS = {
    "username": ("rtsp://", "rtsps://", "http://", "https://"),
    "password_file": ("rtsp://", "rtsps://", "http://", "https://"),
    "ca_file": ("rtsps://", "https://"),
    "transport": ("rtsp://",),
}
"""What is said of some sources alone."""


def check(camera: Table, report: Report) -> None:
    source = camera.values.get("source")
    if source is None:
        return
    _in_vain(camera, source, report)
    _login(camera, source, report)
    _open_password(camera, source, report)
    _address(camera, source, report)
    if camera.values.get("ca_file") is not None:
        broker_files.named_file(camera, "ca_file", report)


def _in_vain(camera: Table, source: str, report: Report) -> None:
    for key, schemes in _OF_STREAMS.items():
        if report.given(camera.path, key) and not source.startswith(schemes):
            what = _("says nothing of such a source")
            report.error(
                camera.path, key, what, _("expected it with {schemes} only").format(schemes=", ".join(schemes))
            )


def _login(camera: Table, source: str, report: Report) -> None:
    broker_files.login(camera, report)
    if camera.values.get("username") is None:
        return
    if _LOGIN.match(source):
        what = _("has a user or a password, and so has this table")
        report.error(camera.path, "source", what, _("expected the login in username and password_file alone"))
    elif source.startswith("http://"):
        what = _("a camera that knows no Digest gets the password in plain text over http://")
        report.note(camera.path, "username", what, _("https:// where the camera has it"))


def _open_password(camera: Table, source: str, report: Report) -> None:
    if is_stream(source) and without_secrets(source) != source and _is_open(report.file):
        what = _("may have a password, and others may read this file")
        expected = _("write it as username and password_file; or let only the daemon read this file: {command}")
        report.warning(camera.path, "source", what, expected.format(command=f"chmod 600 {report.file}"))


def _address(camera: Table, source: str, report: Report) -> None:
    """Told without the address: what is wrong with it may be a password with signs that an address must not have."""
    authority = _AUTHORITY.match(source)
    if authority is None:
        return
    port, rest = authority["port"] or "554", source[authority.end() :]
    if not is_host(authority["host"]) or not 0 < int(port) <= _HIGHEST_PORT or rest[:1] not in ("", "/", "?"):
        what = _("its host or port cannot be, so the camera will be down")
        expected = _("expected rtsp://HOST:PORT/...; a password with any characters: username and password_file")
        report.warning(camera.path, "source", what, expected)


def _is_open(file: Path) -> bool:
    """Whether others than its owner may use it."""
    try:
        return bool(file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    except OSError:
        return False
