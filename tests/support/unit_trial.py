"""What the tests of the units run in the place of the camera process, on a Debian that has booted."""

import time

from booted import Booted

from drivers.camera.ipc import Job, line
from drivers.camera.options import CameraOptions

PYTHON = "/opt/lamppost/.venv/bin/python -I -B"
TRIAL = "/opt/lamppost/tests/support/camera_trial.py"
DROP_IN = "/etc/systemd/system/{unit}.d/test.conf"
REFUSED = {"EPERM", "EACCES", "ENOSYS", "EROFS", "ENOMEM", "EAFNOSUPPORT", "EFBIG"}
ABSENT = {"ENOENT", "ENOTDIR", "ENXIO", "ENODEV"}

CLIENT = """
import socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(240)
connection.connect("/run/lamppost-camera.socket")
connection.sendall(sys.stdin.buffer.read())
while said := connection.recv(65536):
    sys.stdout.buffer.write(said)
"""


def drop_in(booted: Booted, unit: str, text: str) -> None:
    """Replaces what the test before has changed of a unit; "": nothing is changed."""
    path = DROP_IN.format(unit=unit)
    booted.write(path, text) if text else booted.must(f"rm -f {path}")
    booted.must("systemctl daemon-reload")


def in_its_place(booted: Booted, how: str, hosts: tuple[str, ...], more: str = "") -> dict[str, str]:
    """What the program in the place of the camera process tried -> how it was refused.

    Args:
        booted: where /run/client.py is `CLIENT`.
        how: argument of the program.
        hosts: to connect to, each "ADDRESS:PORT"; its camera is the first.
        more: lines of its unit.
    """
    drop_in(
        booted,
        "lamppost-camera@.service",
        f"[Service]\nExecStart=\nExecStart={PYTHON} {TRIAL} {how} {' '.join(hosts)}\n{more}",
    )
    job = line(Job("cam", CameraOptions(source=f"rtsp://{hosts[0]}/x"), {}, "/var/lib/lamppost-models")).decode()
    said = booted.must(f"setpriv --reuid=lamppost --regid=lamppost --init-groups {PYTHON} /run/client.py", job)
    drop_in(booted, "lamppost-camera@.service", "")
    return dict(each.rsplit(": ", 1) for each in said.splitlines())


def not_refused(words: dict[str, str]) -> set[str]:
    return {what for what, word in words.items() if word not in REFUSED | ABSENT}


def until(booted: Booted, script: str, within_s: float = 240.0) -> None:
    end = time.monotonic() + within_s
    while booted.run(script).status:
        assert time.monotonic() < end, f"{script}\n{booted.run('journalctl --no-pager -n 60').out}"
        time.sleep(1)
