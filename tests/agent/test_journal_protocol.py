"""What `journalctl -p warning` shows of the daemon: its standard error on the journal's own socket."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from patience import PATIENCE_S

HEADER = "lamppost\nlamppost.service\n{priority}\n1\n0\n0\n0\n"
"""What systemd says of a service at first: identifier, unit, the priority of lines without one, and that a line may
begin with one (stream protocol of journald, as sd_journal_stream_fd(3) speaks it with `level_prefix` 1)."""

WARNING = 4


class Line(NamedTuple):
    priority: int
    text: str


def journalled(stream: bytes) -> list[Line]:
    """What journald makes of a connection: the lines behind the header, each with the priority that it begins with."""
    lines = stream.decode().split("\n")
    default, level_prefix = int(lines[2]), lines[3]
    assert level_prefix == "1"
    found = (re.fullmatch(r"(?:<([0-7])>)?(.*)", line, re.DOTALL) for line in lines[7:] if line)
    return [Line(int(each[1] or default), each[2]) for each in found if each]


def said(command: list[str]) -> list[Line]:
    """The lines of a process whose standard error is a connection with the journal, as systemd makes it."""
    ours, journal = socket.socketpair()
    ours.sendall(HEADER.format(priority=6).encode())
    ours.shutdown(socket.SHUT_RD)
    made = os.fstat(ours.fileno())
    environment = os.environ | {"JOURNAL_STREAM": f"{made.st_dev}:{made.st_ino}"}
    with ours, journal:
        process = subprocess.Popen(command, stderr=ours, env=environment)
        ours.close()
        heard = b"".join(iter(lambda: journal.recv(65536), b""))
        process.wait(PATIENCE_S)
    return journalled(heard)


def as_journalctl_shows(lines: list[Line], priority: int = WARNING) -> list[str]:
    """`journalctl -p`: that priority and what is more important."""
    return [line.text for line in lines if line.priority <= priority]


def test_promise_journalctl_p_warning_shows_what_a_technician_should_know_and_nothing_else(tmp_path: Path) -> None:
    source = """
import logging
from agent.journal import log_to_stderr
log_to_stderr(verbose=True)
logging.debug("looked")
logging.info("uplink is back")
logging.warning("lamp-1 is down: no answer;\\nits cable?")
logging.error("the disk refuses")
try:
    raise KeyError("b1")
except KeyError:
    logging.exception("bay/b1 failed by a defect")
"""
    lines = said([sys.executable, "-c", source])
    shown = as_journalctl_shows(lines)
    assert shown[:4] == ["lamp-1 is down: no answer;", "its cable?", "the disk refuses", "bay/b1 failed by a defect"]
    assert shown[4].startswith("Traceback") and shown[-1] == "KeyError: 'b1'"
    assert [line for line in lines if line.text not in shown] == [Line(7, "looked"), Line(6, "uplink is back")]


def test_promise_journalctl_p_warning_shows_why_a_daemon_does_not_start(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    file.write_text('[pole]\nid = "p1"\nlatitude = 45,7\n')
    lines = said([sys.executable, "-m", "agent", "run", "-c", str(file)])
    assert lines and {line.priority for line in lines} == {3}
    assert as_journalctl_shows(lines) == [line.text for line in lines]
    assert any(text.startswith(f"{file}:3:") for text in as_journalctl_shows(lines))
