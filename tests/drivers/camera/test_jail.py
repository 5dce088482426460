"""What the camera process may still do once it has narrowed itself, tried by a program in its place."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from patience import PATIENCE_S

from drivers.camera import jail, landlock, seccomp
from drivers.camera.errors import CameraError
from drivers.camera.ipc import Job, line
from drivers.camera.options import CameraOptions

ROOT = Path(__file__).parents[3]
TRIAL = ROOT / "tests" / "support" / "camera_trial.py"
REFUSED = {"EPERM", "EACCES", "ENOSYS"}
ABSENT = {"ENOENT", "ENOTDIR", "ENXIO", "ENODEV", "EAFNOSUPPORT"}
"""What a machine answers that lacks the file, the device or the family: nothing to refuse."""


@pytest.fixture
def listening() -> Iterator[tuple[int, int]]:
    """Ports of two programs that listen: a camera, and something else."""
    with socket.create_server(("127.0.0.1", 0)) as camera, socket.create_server(("127.0.0.1", 0)) as other:
        yield camera.getsockname()[1], other.getsockname()[1]


def tried(source: str, *hosts: str) -> dict[str, str]:
    """What was tried -> how it was refused."""
    job = line(Job("cam", CameraOptions(source=source), {}, str(ROOT / "models")))
    order = [sys.executable, "-B", str(TRIAL), "narrowed", *hosts]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(order, input=job, capture_output=True, check=True, env=environment)
    return dict(each.rsplit(": ", 1) for each in done.stdout.decode().splitlines())


def test_promise_security_the_process_of_a_stream_can_connect_to_it_and_do_nothing_else(
    listening: tuple[int, int],
) -> None:
    camera, other = (f"127.0.0.1:{port}" for port in listening)
    words = tried(f"rtsp://{camera}/stream", camera, other)
    assert words.pop(f"connect:{camera}") == "DONE"
    may = {"DONE"} if landlock.version() < landlock.NET[0] else {"EACCES"}
    assert words.pop(f"connect:{other}") in may  # an older kernel leaves it to the hosts of the unit
    assert words.pop("memory") == "ENOMEM"
    assert words.pop("call:accept4") == "DONE"  # of the one listener that it has; it makes no other
    assert {what: word for what, word in words.items() if word not in REFUSED | ABSENT} == {}
    calls = {what: word for what, word in words.items() if what.startswith("call:")}
    assert set(calls.values()) <= REFUSED
    assert len(calls) >= 79


def test_the_process_of_a_file_makes_no_connection_at_all(listening: tuple[int, int], tmp_path: Path) -> None:
    words = tried(str(tmp_path / "clip.mp4"), f"127.0.0.1:{listening[0]}")
    assert {word for what, word in words.items() if what.startswith(("connect:", "socket:"))} <= REFUSED


@pytest.mark.parametrize(
    ("source", "ports", "families", "resolves"),
    [
        ("rtsp://10.0.0.9/a", {554}, {socket.AF_INET}, False),
        ("rtsp://u:p@10.0.0.9:8554/a", {8554}, {socket.AF_INET}, False),
        ("rtsp://[fd00::9]/a", {554}, {socket.AF_INET, socket.AF_INET6}, False),
        ("rtsp://camera.example/a", {554, 53}, {socket.AF_INET, socket.AF_INET6}, True),
        ("/dev/video0", set(), set(), False),
        ("/var/clip.mp4", set(), set(), False),
    ],
)
def test_the_source_says_what_is_reached(source: str, ports: set[int], families: set[int], resolves: bool) -> None:
    reach = jail.reach_of(source)
    assert (reach.ports, set(reach.families), reach.resolves) == (ports, families, resolves)
    assert (reach.devices, reach.files) == (
        ((Path(source),), ()) if source.startswith("/dev") else ((), (Path(source),) if source[0] == "/" else ())
    )


@pytest.mark.parametrize(
    ("source", "port", "trusts", "datagrams"),
    [
        ("rtsp://10.0.0.9/a", 554, False, True),
        ("rtsps://10.0.0.9/a", 322, True, False),
        ("http://10.0.0.9/a", 80, False, False),
        ("https://10.0.0.9/a", 443, True, False),
    ],
)
def test_only_where_it_is_of_use_are_authorities_read_and_udp_ports_opened(
    source: str, port: int, trusts: bool, datagrams: bool
) -> None:
    reach = jail.reach_of(source, over_udp=True)
    assert (reach.ports, reach.trusts, reach.datagrams) == ({port}, trusts, datagrams)
    assert not jail.reach_of(source).datagrams


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match="out of range"):
        jail.reach_of("rtsp://camera:99999/a")


def test_without_the_library_no_camera_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "LIBRARY", "libnone.so.9")
    with pytest.raises(CameraError, match=r"no libnone.so.9.*apt-get install libseccomp2"):
        seccomp.load((), ())


def test_a_kernel_without_landlock_restricts_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 0)
    assert landlock.restrict((Path("/usr"),), (), {554}) == 0


STUCK = """
import signal
from drivers.camera import jail
jail.end_when_stuck(1)
while True:
    pass
"""


def test_a_process_that_hangs_is_ended_by_the_kernel() -> None:
    done = subprocess.run([sys.executable, "-c", STUCK], check=False, timeout=PATIENCE_S)
    assert done.returncode == -14
