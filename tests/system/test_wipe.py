"""`lamppost wipe` beside a running daemon and its broker: the city is told last, nothing stays, and nothing starts."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S, until
from ports import free_port

Make = Callable[..., Any]

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{folder}/run/lamppost.sock"
[store]
path = "{folder}/state/lamppost.db"
[uplink]
host = "127.0.0.1"
port = {port}
username = "p1"
password_file = "{folder}/etc/password"
[parking]
rules_file = "rules.toml"
[sensor.ear]
kind = "a02"
port = "/dev/not-there"
[bay.b1]
sensor = "ear"
rule = "short"
"""
RULES = '[rule.short]\ncategory = "general"\nlimit = "10min"\n'
MAY_BE_DOWN = "ear is down: serial port /dev/not-there does not exist"
pytestmark = [pytest.mark.may_log(MAY_BE_DOWN, "the pole is retired")]


def configured(folder: Path, port: int) -> Path:
    etc = folder / "etc"
    etc.mkdir()
    (folder / "state").mkdir()
    (etc / "password").touch(0o600)
    (etc / "password").write_text("secret\n")
    (etc / "rules.toml").write_text(RULES)
    (etc / "notes").write_text("not the pole's")
    (etc / "lamppost.toml").write_text(POLE.format(folder=folder, port=port))
    return etc / "lamppost.toml"


@contextmanager
def daemon(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    folder = file.parents[1]
    with (folder / "daemon.log").open("ab") as log:
        command = [sys.executable, "-m", "agent", "run", "-c", str(file)]
        process = subprocess.Popen(command, stderr=log, cwd=file.parent, env=_environment())
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE_S)


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


def wipe(file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", "wipe", "-c", str(file), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False, cwd=file.parents[1])


def retained(city: Make, port: int) -> set[str]:
    """Topics on which a subscriber that comes now finds something."""
    with city(port) as late:
        late.say("lamppost/end", b"x")
        until(lambda: any(m.topic == "lamppost/end" for m in list(late.messages)))
        return {m.topic for m in list(late.messages) if m.payload} - {"lamppost/end"}


def of_type(city: Any, name: str) -> list[dict[str, Any]]:
    return [each for each in city.events() if each["type"] == name]


def left(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".log"}


def test_promise_a_wiped_pole_tells_the_city_last_and_leaves_nothing(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    broker = start_broker()
    file = configured(tmp_path, broker.port)
    with city(broker.port) as town, daemon(file) as process:
        until(lambda: of_type(town, "pole.birth") and town.statuses())
        until(lambda: {"lamppost/town/p1/status", "lamppost/town/p1/state/b1"} <= retained(city, broker.port))
        shown = wipe(file, "--dry-run")
        assert shown.returncode == 0 and str(file) in shown.stdout and process.poll() is None
        assert wipe(file).returncode == 2, "nobody confirmed it"
        assert wipe(file, "--pole", "p2").returncode == 2
        assert process.poll() is None and (tmp_path / "state" / "lamppost.db").exists()
        done = wipe(file, "--pole", "p1")
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert process.wait(PATIENCE_S) == 78, "systemd would start it again"
        told = until(lambda: of_type(town, "pole.retired"))
        assert told[0]["data"]["uuid"] and "the city was told" in done.stdout
        assert town.events()[-1]["type"] == "pole.retired", "something was told after it"
    assert retained(city, broker.port) == set()
    assert {each for each in left(tmp_path) if not each.startswith("mosquitto")} == {"etc/notes"}
    again = wipe(file, "--yes")
    assert (again.returncode, again.stdout) == (0, "nothing of a pole is left here\n")


@pytest.mark.may_log("uplink to .* is down")
def test_a_broker_that_is_away_is_told_of_and_keeps_nothing_from_being_removed(tmp_path: Path) -> None:
    file = configured(tmp_path, free_port())
    with daemon(file) as process:
        until((tmp_path / "run" / "lamppost.sock").exists)
        done = wipe(file, "--yes", "--wait", "0.5")
        assert done.returncode == 0 and "the city was not told" in done.stdout, done.stdout + done.stderr
        assert process.wait(PATIENCE_S) == 78
    assert left(tmp_path) == {"etc/notes"}


@pytest.mark.may_log("uplink to .* is down")
def test_a_daemon_that_does_not_end_keeps_everything(tmp_path: Path) -> None:
    file = configured(tmp_path, free_port())
    with daemon(file) as process:
        until((tmp_path / "run" / "lamppost.sock").exists)
        (tmp_path / "run" / "lamppost.sock").unlink()
        until((tmp_path / "state" / "configuration" / "last-good.json").exists)
        before = left(tmp_path)
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_PATIENCE, str(file)],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 1 and f"process {process.pid}" in done.stderr, done.stdout + done.stderr
        assert left(tmp_path) == before


WITHOUT_PATIENCE = """
import sys
from pathlib import Path
from agent.cli import wipe
from agent.cli.wipe import daemon
daemon.END_S = 0.2
sys.exit(wipe.run(Path(sys.argv[1]), yes=True))
"""
