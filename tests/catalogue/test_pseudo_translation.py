"""A language puts brackets round every message, and nothing that a person reads stands outside of them."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from collect import collected
from patience import PATIENCE_S
from ports import free_port

from drivers.translation import DOMAIN

WRONG = """\
[pole]
id = "pole 1"
site = "exampletown"
latitude = "45,7"
longitude = 4.8
timezone = "Europe/Pari"
brightness = 3

[uplink]
host = "mqtt.example"
username = "p1"

[line.rs485]
kind = "serial"
port = "/dev/ttyUSB0"
baud = 9600
timeout = 300

[lamp.lamp-1]
line = "rs845"
unit = 300
profile = "wb-mdm"
"""

LONELY = """\
[pole]
id = "p1"
site = "exampletown"
latitude = 45.7
longitude = 4.8
socket = "{folder}/socket"

[store]
path = "{folder}/store"

[uplink]
host = "127.0.0.1"
port = {port}

[line.rs485]
kind = "tcp"
framing = "tcp"
host = "127.0.0.1"
port = {port}

[lamp.lamp-1]
line = "rs485"
unit = 1
profile = "wb-mdm3"
channel = 1
"""
"""Nobody listens where its broker and its lamp should be."""

KEYS = {
    *(
        "clock",
        "box",
        "config",
        "sha256",
        "broker",
        "traffic",
        "trouble",
        "disk",
        "unreachable",
        "down",
        "refused",
        "failed",
    ),
    *(
        "commanded_percent",
        "reason",
        "default",
        "operating_hours",
        "switch_on_count",
        "supply_loss_count",
        "statistics",
        "configured",
        "kerb",
    ),
}
"""Names of lines, of states and of what is known of a lamp: the same on the wire."""


class Daemon(NamedTuple):
    """One that runs in the language of brackets."""

    folder: Path
    environ: dict[str, str]

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def ask(self, *arguments: str) -> list[str]:
        """What a command says of it, in words."""
        command = [sys.executable, "-m", "agent", *arguments, "--socket", str(self.folder / "socket")]
        done = subprocess.run(
            command, env=self.environ, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
        assert not done.stderr
        return done.stdout.splitlines()


@pytest.fixture(scope="module")
def daemon(bracketed: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    folder = tmp_path_factory.mktemp("pole")
    file = folder / "lonely.toml"
    file.write_text(LONELY.format(folder=folder, port=free_port()))
    with (folder / "log").open("w") as log:
        running = subprocess.Popen([sys.executable, "-m", "agent", "run", "-c", str(file)], env=bracketed, stderr=log)
    try:
        here, until_s = Daemon(folder, bracketed), time.monotonic() + PATIENCE_S
        while not ("lamp-1" in here.log and "uplink" in here.log):
            assert running.poll() is None and time.monotonic() < until_s, here.log
            time.sleep(0.02)
        yield here
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def bracketed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that speaks it."""
    catalogue = Catalog(locale="eo")
    for message in read_po(io.StringIO(collected())):
        if isinstance(message.id, tuple | list):
            catalogue.add(tuple(message.id), tuple(f"⟦{each}⟧" for each in message.id))
        elif message.id:
            catalogue.add(message.id, f"⟦{message.id}⟧")
    folder = tmp_path_factory.mktemp("locale")
    file = folder / "eo/LC_MESSAGES" / f"{DOMAIN}.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as written:
        write_mo(written, catalogue)
    return {**os.environ, "LANGUAGE": "eo", "TEXTDOMAINDIR": str(folder), "PYTHONUTF8": "1"}


def outside(text: str) -> str:
    """What is left of a text without its messages, which may stand inside one another."""
    while (inner := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = inner
    return text


def test_every_problem_of_a_wrong_file_is_told_by_the_catalogue(bracketed: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(WRONG)
    command = [sys.executable, "-m", "agent", "check", str(file)]
    done = subprocess.run(command, env=bracketed, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    lines = done.stderr.splitlines()
    assert done.returncode == 78 and len(lines) >= 8, done.stderr
    for line in lines:
        left = outside(line.removeprefix(str(file)))
        assert "⟦" in line and words(left) <= names(WRONG), left


def test_the_status_of_a_daemon_is_told_by_the_catalogue(daemon: Daemon) -> None:
    lines = daemon.ask("status")
    told = {line.split()[0]: line for line in lines if "⟦" in line}
    assert {"pole", "broker", "trouble", "store", "!"} <= told.keys(), lines
    for line in lines:
        assert words(outside(line)) <= names(LONELY) | KEYS | {"p1", "exampletown"}, line


@pytest.mark.parametrize("lamp", ["lamp-1", "lamp-2"])
def test_the_outcome_of_a_command_is_told_by_the_catalogue(daemon: Daemon, lamp: str) -> None:
    (line,) = daemon.ask("set", lamp, "40")
    assert "⟦" in line and words(outside(line)) <= KEYS | {lamp}, line


def test_the_log_is_told_by_the_catalogue(daemon: Daemon) -> None:
    for line in daemon.log.splitlines():
        _day, _time, _level, *left = outside(line).split()
        assert "⟦" in line and words(" ".join(left)) <= names(LONELY)


def words(text: str) -> set[str]:
    """Returns the words of a text without paths and the beginnings of hashes."""
    return set(re.findall(r"[\w.-]*[a-z][\w.-]*", re.sub(r"/[\w./-]+|\b[0-9a-f]{12}\b", "", text)))


def names(text: str) -> set[str]:
    """Tables and keys of a file."""
    tables = set(re.findall(r"^\[(.*)\]$", text, re.MULTILINE))
    return (
        tables
        | {part for table in tables for part in table.split(".")}
        | set(re.findall(r"^(\w+) =", text, re.MULTILINE))
    )


def test_what_stands_outside_is_seen() -> None:
    assert outside("[lamp] unit: ⟦⟦300⟧ is ⟦out of range⟧⟧; expected more") == "[lamp] unit: ; expected more"
