"""A document from the city to a daemon that is killed, on a box whose clock the test sets."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S, until

from agent.console import Ask, ask_daemon

pytestmark = [pytest.mark.slow, pytest.mark.expects_log("ear is down: serial port /dev/not-there does not exist")]

NOW = datetime(2027, 2, 3, 9, tzinfo=UTC)
CONFIG = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{folder}/l.sock"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = {port}
[sensor.ear]
kind = "a02"
port = "/dev/not-there"
[bay.bay-1]
sensor = "ear"
limit = "1h"
"""


class Box:
    """A pole whose wall clock can be set while it runs."""

    def __init__(self, folder: Path, port: int, box: Any) -> None:
        self._folder, self._box, self._clock = folder, box, folder / "clock"
        (folder / "lamppost.toml").write_text(CONFIG.format(folder=folder, port=port))
        self._process: subprocess.Popen[bytes] | None = None
        self.set_clock(NOW)

    def set_clock(self, now: datetime) -> None:
        new = self._clock.with_suffix(".new")
        new.write_text(f"{now.timestamp() - time.time():+f}\n")
        new.replace(self._clock)

    def start(self) -> None:
        command = [sys.executable, "-m", "agent", "run", "-c", str(self._folder / "lamppost.toml")]
        with (self._folder / "daemon.log").open("ab") as log:
            self._process = subprocess.Popen(self._box(command, self._clock, 0), stderr=log)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(PATIENCE_S)
            self._process = None

    def status(self) -> dict[str, Any]:
        """Empty: it does not answer yet."""

        async def ask() -> dict[str, Any]:
            async for answer in ask_daemon(self._folder / "l.sock", Ask("status")):
                return answer
            return {}

        try:
            return asyncio.run(ask())
        except OSError:
            return {}


@pytest.fixture
def pole(start_broker: Any, city: Any, tmp_path: Path, box: Any) -> Iterator[tuple[Box, Any]]:
    broker = start_broker()
    here = Box(tmp_path, broker.port, box)
    try:
        with city(broker.port) as listener:
            yield here, listener
    finally:
        here.kill()


def told(city: Any, kind: str, **data: Any) -> list[dict[str, Any]]:
    """Each once: what a kill kept from being deleted is sent again, under its id."""
    events = {each["id"]: each["data"] for each in city.events() if each["type"].endswith(kind)}
    return [each for each in events.values() if data.items() <= each.items()]


def closed(here: Box) -> bool:
    return bool(here.status().get("bays", {}).get("bay-1", {}).get("closed"))


def test_promise_a_document_outlives_a_kill_and_ends_by_itself(pole: tuple[Box, Any]) -> None:
    here, city = pole
    here.start()
    until(lambda: any(each["online"] for each in city.statuses()))
    until_ = (NOW + timedelta(hours=1)).isoformat()
    data = {"kind": "closure", "name": "works", "content": {"bays": ["bay-1"]}, "valid_until": until_}
    city.say("lamppost/town/p1/command", json.dumps({"id": "c1", "action": "document.set", "data": data}))
    (outcome,) = until(lambda: told(city, "command.outcome", command_id="c1"))
    assert (outcome["status"], outcome["data"]["in_force"]) == ("done", True)
    assert closed(here)
    here.kill()
    here.start()
    until(here.status)
    assert closed(here)
    assert [each["state"] for each in here.status()["documents"]] == ["in_force"]
    here.set_clock(NOW + timedelta(hours=2))
    until(lambda: told(city, "pole.document", state="expired"))
    assert not closed(here)
    assert here.status()["documents"] == []
    assert len(told(city, "pole.document", state="set", command_id="c1")) == 1
    assert len(told(city, "command.outcome", command_id="c1")) == 1
