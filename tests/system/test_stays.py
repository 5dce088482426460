"""Stays of the daemon as a process, through kills, reboots, power cuts and clocks that are wrong.

The wall clock of the process can be set while the daemon runs, and the box rebooted: see `box`.
"""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S

from agent.console import Ask, ask_daemon
from agent.store.rows.schema import OUTBOXES
from tests.support.power_cut import cut

pytestmark = pytest.mark.expects_log("uplink to 127.0.0.1:1 is down: connection refused")

FREE_MM, OCCUPIED_MM = 2000, 400
TODAY_S = datetime(2027, 2, 3, 9, tzinfo=UTC).timestamp()
HOUR_S, DAY_S = 3600.0, 86400.0


class Sensor:
    """An A02 on a pseudo-terminal, which speaks whether anybody listens or not."""

    def __init__(self) -> None:
        self.distance_mm = FREE_MM
        self._far, self._near = os.openpty()
        os.set_blocking(self._far, False)
        self.port = os.ttyname(self._near)
        self._over = threading.Event()
        self._speaking = threading.Thread(target=self._speak)
        self._speaking.start()

    def _speak(self) -> None:
        while not self._over.wait(0.05):
            high, low = divmod(self.distance_mm, 256)
            with contextlib.suppress(BlockingIOError):
                os.write(self._far, bytes((0xFF, high, low, (0xFF + high + low) & 0xFF)))

    def close(self) -> None:
        self._over.set()
        self._speaking.join()
        os.close(self._far)
        os.close(self._near)


_ALL = " UNION ALL ".join(f"SELECT seq, type, unix_s, mono_s, boot, data FROM {name}" for name in OUTBOXES.values())


class Pole:
    """A pole without a network: what it tells is read from its store."""

    def __init__(self, folder: Path, box: Any) -> None:
        self._folder, self._store, self._box = folder, folder / "lamppost.db", box
        self._clock, self._log = folder / "clock", folder / "daemon.log"
        self.sensors = {name: Sensor() for name in ("ear", "spare")}
        self._process: subprocess.Popen[bytes] | None = None
        self._boots = 0
        self.set_clock(TODAY_S)
        self.configure()

    def configure(self, sensor: str = "ear", order: str = 'limit = "1h"', rules: str = "") -> None:
        (self._folder / "lamppost.toml").write_text(f"""
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{self._folder}/lamppost.sock"
[store]
path = "{self._store}"
[uplink]
host = "127.0.0.1"
port = 1
[sensor.{sensor}]
kind = "a02"
port = "{self.sensors[sensor].port}"
period = "200ms"
silence = "20s"
[bay.b1]
sensor = "{sensor}"
dwell = "300ms"
{order}
{rules}
""")

    def set_clock(self, unix_s: float) -> None:
        """What the wall says now; from here on it goes as any other."""
        after = self._folder / "clock.new"
        after.write_text(f"{unix_s - time.time():+.6f}\n")
        after.replace(self._clock)

    def start(self) -> None:
        command = [sys.executable, "-m", "agent", "run", "-c", str(self._folder / "lamppost.toml")]
        command = self._box(command, self._clock, self._boots)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stderr=log, start_new_session=True)

    def kill(self) -> None:
        assert self._process is not None
        cut(self._process, self._store)
        self._process = None

    def reboot(self, off_s: float, unix_s: float | None = None) -> None:
        """A power cut; the wall clock goes on meanwhile, or stands at `unix_s` when the power is back."""
        self.kill()
        now_s = time.time() + float(self._clock.read_text())
        self._boots += 1
        self.set_clock(now_s + off_s if unix_s is None else unix_s)
        self.start()

    def stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(PATIENCE_S) == 0, self._log.read_text()
        self._process = None

    def until(self, true: Callable[[], Any]) -> Any:
        """Wait until something is so."""
        end_s = time.monotonic() + PATIENCE_S
        while not (found := true()):
            assert self._process is not None
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < end_s, [self.told(), self._log.read_text()]
            time.sleep(0.02)
        return found

    def see(self, distance_mm: int) -> None:
        for sensor in self.sensors.values():
            sensor.distance_mm = distance_mm

    def status(self) -> str | None:
        """What the daemon says of the bay, once it has heard its sensor since the start; None before."""
        return asyncio.run(self._ask())

    async def _ask(self) -> str | None:
        try:
            async for answer in ask_daemon(self._folder / "lamppost.sock", Ask("status")):
                heard = any(device["state"] == "up" for device in answer["devices"].values())
                return str(answer["bays"]["b1"]["state"]) if heard else None
        except OSError:
            return None
        return None

    def told(self, kind: str = "") -> list[dict[str, Any]]:
        """What is known of the bay: data of the events, with their time and whether it is to be trusted.

        What was told before the clock was set is dated by `pole.clock_set` of the same boot, as the city does it.
        """
        if not self._store.exists():
            return []
        database = sqlite3.connect(f"file:{self._store}?mode=ro", uri=True)
        try:
            rows = database.execute(f"SELECT type, unix_s, mono_s, boot, data FROM ({_ALL}) ORDER BY seq").fetchall()
            clocks = [json.loads(data) for type, *_, data in rows if type == "pole.clock_set"]
            offsets_s = {clock["boot"]: clock["offset_s"] for clock in clocks}
            return [
                {
                    "type": type,
                    "unix_s": offsets_s[boot] + mono_s if boot in offsets_s else unix_s,
                    "trusted": boot is None or boot in offsets_s,
                    **json.loads(data),
                }
                for type, unix_s, mono_s, boot, data in rows
                if type.startswith("bay.") and type.removeprefix("bay.").startswith(kind)
            ]
        except sqlite3.OperationalError as error:  # it is just being made
            assert "no such table" in str(error), error
            return []
        finally:
            database.close()

    def end(self) -> None:
        if self._process is not None:
            self.kill()
        for sensor in self.sensors.values():
            sensor.close()


@pytest.fixture
def pole(tmp_path: Path, box: Any) -> Iterator[Pole]:
    here = Pole(tmp_path, box)
    yield here
    here.end()


def parked(pole: Pole) -> dict[str, Any]:
    """A vehicle has come while the daemon watched."""
    pole.start()
    pole.until(lambda: pole.told("known"))
    pole.see(OCCUPIED_MM)
    found: dict[str, Any] = pole.until(lambda: pole.told("occupied"))[0]
    return found


def since(began_s: float) -> float:
    """How long the test has worked since a moment of `time.monotonic`, however busy the machine is."""
    return time.monotonic() - began_s


def gone(pole: Pole) -> dict[str, Any]:
    pole.see(FREE_MM)
    found: dict[str, Any] = pole.until(lambda: pole.told("freed"))[0]
    return found


@pytest.mark.usefixtures("reboots")
def test_promise_a_stay_is_a_stay_across_kill_reboot_and_days_of_power_cut(pole: Pole) -> None:
    began_s = time.monotonic()
    came = parked(pole)
    pole.kill()
    pole.start()
    pole.until(lambda: pole.status() == "occupied")
    pole.reboot(off_s=60.0)
    pole.reboot(off_s=3 * DAY_S)
    (overstay,) = pole.until(lambda: pole.told("overstay_presumed"))
    assert overstay["continuity"] == "presumed"
    assert 0.0 <= overstay["standing_s"] - (3 * DAY_S + 60.0) <= since(began_s)
    freed = gone(pole)
    assert len(pole.told("occupied")) == 1
    assert freed["stay"] == came["stay"]
    assert freed["continuity"] == "presumed"
    assert freed["duration_exact"] is True
    assert freed["duration_s"] == pytest.approx(freed["unix_s"] - came["unix_s"], abs=0.01)
    assert freed["trusted"] is True


def test_promise_works_with_no_clock_from_1970_to_today(pole: Pole) -> None:
    """A limit needs no clock; what was told before the clock was set is dated once it is.

    On a busy machine libfaketime holds the daemon for 16 s when its clock jumps: no gap of the sensor.
    """
    pole.configure(order='limit = "1s"\nquickest_swap = "1min"')
    pole.set_clock(3.0)
    began_s = time.monotonic()
    came = parked(pole)
    assert came["trusted"] is False
    assert came["unix_s"] < HOUR_S
    (overstay,) = pole.until(lambda: pole.told("overstay"))
    assert overstay["entered_at"] is None
    stood_s = overstay["unix_s"] - came["unix_s"]
    pole.set_clock(TODAY_S)
    stood_at_most_s = since(began_s)
    pole.until(lambda: all(event["trusted"] for event in pole.told()))
    freed = gone(pole)
    entered = pole.told("occupied")[0]
    assert stood_s <= TODAY_S - entered["unix_s"] <= stood_at_most_s
    assert freed["duration_s"] == pytest.approx(freed["unix_s"] - entered["unix_s"], abs=0.01)
    assert freed["duration_s"] <= since(began_s)
    assert datetime.fromisoformat(freed["entered_at"]).timestamp() == pytest.approx(entered["unix_s"], abs=0.01)
    assert (freed["continuity"], freed["duration_exact"]) == ("certain", True)


@pytest.mark.usefixtures("reboots")
def test_promise_works_with_no_clock_after_a_reboot(pole: Pole) -> None:
    """How long the power was away nobody knows before the clock is set: what is told is what is certain at least."""
    began_s = time.monotonic()
    came = parked(pole)
    pole.reboot(off_s=2 * DAY_S, unix_s=5.0)
    freed = gone(pole)
    assert freed["stay"] == came["stay"]
    assert freed["duration_exact"] is False
    assert freed["duration_s"] <= since(began_s)
    assert (freed["continuity"], freed["trusted"]) == ("presumed", False)
    assert datetime.fromisoformat(freed["entered_at"]).timestamp() == pytest.approx(came["unix_s"], abs=0.01)
    pole.set_clock(TODAY_S + 2 * DAY_S)
    ago_at_most_s = since(began_s)
    pole.until(lambda: pole.told("freed")[0]["trusted"])
    assert 0.0 <= TODAY_S + 2 * DAY_S - pole.told("freed")[0]["unix_s"] <= ago_at_most_s


@pytest.mark.usefixtures("reboots")
def test_promise_works_with_no_clock_until_it_is_set_with_the_vehicle_still_there(pole: Pole) -> None:
    """The whole stay counts once the clock is set, the power cut too."""
    began_s = time.monotonic()
    came = parked(pole)
    pole.reboot(off_s=2 * DAY_S, unix_s=5.0)
    pole.until(lambda: pole.status() == "occupied")
    assert not pole.told("overstay_presumed")
    pole.set_clock(TODAY_S + 2 * DAY_S)
    (overstay,) = pole.until(lambda: pole.told("overstay_presumed"))
    assert overstay["standing_exact"] is True
    assert overstay["standing_s"] == pytest.approx(TODAY_S + 2 * DAY_S - came["unix_s"], abs=since(began_s))


@pytest.mark.usefixtures("reboots")
def test_promise_a_stay_is_a_stay_with_a_clock_that_steps_back(pole: Pole) -> None:
    """A step within one boot does not matter; over a reboot the stay is told as no shorter than it was watched."""
    pole.configure(order='limit = "2s"')
    began_s = time.monotonic()
    came = parked(pole)
    pole.set_clock(TODAY_S - 2 * HOUR_S)
    (overstay,) = pole.until(lambda: pole.told("overstay"))
    assert 2.0 <= overstay["standing_s"] <= since(began_s)
    pole.kill()
    pole.start()
    pole.reboot(off_s=0.0)
    freed = gone(pole)
    assert freed["stay"] == came["stay"]
    assert freed["duration_exact"] is False
    assert 0.0 < freed["duration_s"] < HOUR_S
    assert len(pole.told("occupied")) == len(pole.told("overstay")) == 1


def test_promise_a_stay_is_a_stay_through_the_night_of_the_clock_change(pole: Pole) -> None:
    """The clock goes from 02:00 to 03:00: an order from 03:00 on holds from then."""
    opens_s = datetime(2027, 3, 28, 1, tzinfo=UTC).timestamp()
    rule = '[rule.night]\ncategory = "general"\nlimit = "1s"\nwindows = [{ from = "03:00", to = "04:00" }]\n'
    pole.configure(order='rule = "night"', rules=rule)
    pole.set_clock(opens_s - 20.0)
    came = parked(pole)
    pole.set_clock(opens_s - 2.0)
    (overstay,) = pole.until(lambda: pole.told("overstay"))
    assert overstay["unix_s"] >= opens_s + 1.0
    assert overstay["counted_s"] <= overstay["unix_s"] - opens_s
    assert overstay["standing_s"] > overstay["counted_s"]
    freed = gone(pole)
    assert freed["stay"] == came["stay"]
    assert (freed["continuity"], freed["duration_exact"]) == ("presumed", True), "the clock was set meanwhile"
    assert freed["duration_s"] < HOUR_S / 2


def test_promise_a_stay_is_a_stay_when_its_sensor_is_replaced(pole: Pole) -> None:
    came = parked(pole)
    pole.stop()
    pole.configure(sensor="spare")
    pole.start()
    pole.until(lambda: pole.status() == "occupied")
    assert not pole.told("freed")
    freed = gone(pole)
    assert len(pole.told("occupied")) == 1
    assert (freed["stay"], freed["continuity"]) == (came["stay"], "presumed")
