"""A daemon whose uplinks a test chooses, with a sensor that is not there; and the consumer of docs/events.md."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from patience import PATIENCE_S

PAGE = Path(__file__).parents[2] / "docs" / "events.md"

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
status_period = "1s"
socket = "{folder}/lamppost.sock"
[store]
path = "{folder}/lamppost.db"
[sensor.ear]
kind = "a02"
port = "/dev/not-there"
[bay.b1]
sensor = "ear"
limit = "30min"
"""


class Daemon:
    """A daemon whose file can be written anew."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "lamppost.toml"

    def write(self, *uplinks: str) -> None:
        self.file.write_text(POLE.format(folder=self.folder) + "".join(uplinks))

    @contextmanager
    def running(self) -> Iterator["Daemon"]:
        with (self.folder / "daemon.log").open("ab") as log:
            self._process = subprocess.Popen([sys.executable, "-m", "agent", "run", "-c", str(self.file)], stderr=log)
        try:
            yield self
            self._process.terminate()
            assert self._process.wait(PATIENCE_S) == 0, self.log()
        finally:
            self._process.kill()
            self._process.wait(PATIENCE_S)

    def reload(self) -> None:
        self._process.send_signal(signal.SIGHUP)

    def log(self) -> str:
        return (self.folder / "daemon.log").read_text()

    def status(self) -> dict[str, Any]:
        command = [sys.executable, "-m", "agent", "status", "--json", "--socket", str(self.folder / "lamppost.sock")]
        answer: dict[str, Any] = json.loads(subprocess.run(command, check=False, capture_output=True, text=True).stdout)
        return answer


def uplink(name: str, port: int, *keys: str) -> str:
    table = f"uplink.{name}" if name else "uplink"
    return f'[{table}]\nhost = "127.0.0.1"\nport = {port}\n' + "".join(f"{key}\n" for key in keys)


class Consumer:
    """The program of the page, which keeps every event of the pole town/p1 in a file.

    Args:
        patience_s: what is missing for so long is asked for.
    """

    def __init__(self, folder: Path, port: int, pole: str = "town/p1", patience_s: float = 1.0) -> None:
        programs = re.findall(r"^```python\n(.+?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
        (code,) = [each for each in programs if "/confirm" in each]
        self._program, self._file = folder / "keep.py", folder / "kept.db"
        self._program.write_text(code)
        given = ("127.0.0.1", str(port), pole, str(self._file), str(patience_s))
        self._command = [sys.executable, str(self._program), *given]

    @contextmanager
    def running(self) -> Iterator["Consumer"]:
        process = subprocess.Popen(self._command)
        try:
            yield self
            assert process.poll() is None
        finally:
            process.kill()
            process.wait(PATIENCE_S)

    def kept(self) -> dict[int, dict[str, Any]]:
        """The events by their numbers, as far as they are on the disk."""
        if not self._file.exists():
            return {}
        with sqlite3.connect(self._file) as disk:
            tables = disk.execute("SELECT name FROM sqlite_schema").fetchall()
            found = (
                disk.execute("SELECT first, event FROM event WHERE id IS NOT NULL").fetchall()
                if ("event",) in tables
                else []
            )
        return {number: json.loads(event) for number, event in found}
