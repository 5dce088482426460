"""A lamp that draws no power, from its registers on a real Modbus TCP slave to the city's broker."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from agent.configuration import load
from agent.console import Ask, ask_daemon
from agent.console_client import first_answer
from agent.trades.lighting import learn

UNIT = 3
PROFILE = """
description = "Street lamp with a meter"
source = "made for this test"
[register.dim_percent]
function = 3
address = 0
type = "u16"
unit = "%"
range = [0, 100]
write = 6
[register.active_power_w]
function = 4
address = 10
type = "u16"
scale = 0.1
unit = "W"
[register.active_energy_kwh]
function = 4
address = 11
type = "u32"
scale = 0.001
unit = "kWh"
[register.supply_voltage_v]
function = 4
address = 13
type = "u16"
unit = "V"
scale = 0.1
[register.power_factor]
function = 4
address = 14
type = "i16"
unit = "1"
scale = 0.001
[register.temperature_c]
function = 4
address = 15
type = "i16"
unit = "°C"
scale = 0.1
[lamp]
level = "dim_percent"
"""
POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{folder}/lamppost.sock"
profiles_dir = "{folder}"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = {broker}
[line.cabinet]
kind = "tcp"
host = "127.0.0.1"
port = {slave}
[lamp.l1]
line = "cabinet"
unit = 3
profile = "metered"
period = "200ms"
wattage_w = 60
warm_up = "500ms"
alarm_after = "500ms"
"""
MEASURED = {"active_energy_kwh": 7.0, "supply_voltage_v": 231.5, "power_factor": 0.98, "temperature_c": -6.5}


class MeteredLamp:
    """A slave of 60 W in a thread of its own: as much power as its level says, or half a watt once it is dead."""

    def __init__(self) -> None:
        self.dead = self.hot = False
        self.port = 0
        self._listens = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    async def _serve(self) -> None:
        device = SimDevice(
            UNIT,
            simdata=(
                [SimData(0, values=[False] * 16, datatype=DataType.BITS)],
                [SimData(0, values=[False] * 16, datatype=DataType.BITS)],
                [SimData(0, values=[0], datatype=DataType.REGISTERS)],
                [SimData(10, values=[0, 0, 7000, 2315, 980, 0x10000 - 65], datatype=DataType.REGISTERS)],
            ),
            action=self._access,
        )
        server = ModbusTcpServer(device, address=("127.0.0.1", 0))
        await server.serve_forever(background=True)
        assert isinstance(server.transport, asyncio.Server)
        self.port = server.transport.sockets[0].getsockname()[1]
        self._listens.set()
        await self._over.wait()
        await server.shutdown()  # type: ignore[no-untyped-call]

    level_percent = 0

    async def _access(
        self, function: int, start: int, address: int, count: int, registers: list[int], values: list[int] | None
    ) -> ExcCodes | None:
        if function == 6 and values:
            self.level_percent = int(values[0])
        if function == 4:
            registers[10 - start] = 5 if self.dead else 6 * self.level_percent
        if function == 2:
            registers[0] = int(self.hot)
        return None

    @contextmanager
    def serving(self) -> Iterator[None]:
        self._thread.start()
        assert self._listens.wait(PATIENCE_S)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(PATIENCE_S)
            self._loop.close()


@contextmanager
def daemon(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "agent", "run", "-c", str(folder / "pole.toml")]
    with (folder / "daemon.log").open("ab") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0, (folder / "daemon.log").read_text()
        finally:
            process.kill()


def until(folder: Path, true: Callable[[], Any]) -> Any:
    end_s = time.monotonic() + PATIENCE_S
    while not (found := true()):
        assert time.monotonic() < end_s, (folder / "daemon.log").read_text()
        time.sleep(0.05)
    return found


def status(folder: Path) -> dict[str, Any]:
    async def ask() -> dict[str, Any]:
        async for answer in ask_daemon(folder / "lamppost.sock", Ask("status")):
            return answer["lamps"]["l1"]
        raise AssertionError("no answer")

    return asyncio.run(ask())


def order(folder: Path, level_percent: float) -> None:
    async def ask() -> None:
        asking = Ask("command", "l1", "override", level_percent, 3600.0)
        assert [answer["status"] async for answer in ask_daemon(folder / "lamppost.sock", asking)] == ["done"]

    asyncio.run(ask())


@pytest.fixture
def lamp() -> Iterator[MeteredLamp]:
    here = MeteredLamp()
    with here.serving():
        yield here


def test_a_lamp_that_draws_no_power_is_an_alarm_that_outlives_the_daemon_and_ends_with_the_repair(
    tmp_path: Path, lamp: MeteredLamp, start_broker: Callable[..., Any], city: Callable[[int], Any]
) -> None:
    broker = start_broker()
    (tmp_path / "metered.toml").write_text(PROFILE)
    (tmp_path / "pole.toml").write_text(POLE.format(folder=tmp_path, broker=broker.port, slave=lamp.port))
    with city(broker.port) as hears:

        def told(active: bool) -> dict[str, Any]:
            return {
                event["type"]: event["data"]
                for event in hears.events()
                if event["subject"] == "l1" and event["data"].get("active") is active
            }

        def measured() -> dict[str, float]:
            readings = [event["data"] for event in hears.events() if event["type"] == "telemetry.reading"]
            return {data["quantity"]: data["value"] for data in readings}

        with daemon(tmp_path):
            until(tmp_path, lambda: any(event["type"] == "lamp.level" for event in hears.events()))
            until(tmp_path, lambda: status(tmp_path)["power_w"] == 60.0)
            assert status(tmp_path)["alarms"] == []
            until(tmp_path, lambda: measured().keys() >= MEASURED.keys())
            assert {name: measured()[name] for name in MEASURED} == MEASURED
            lamp.dead = True
            until(tmp_path, lambda: {"lamp.power_too_low", "lamp.failure"} <= told(True).keys())
            assert told(True)["lamp.power_too_low"]["power_w"] == 0.5
            assert told(True)["lamp.power_too_low"]["expected_w"] == 60.0
            assert status(tmp_path)["alarms"] == ["lamp.failure", "lamp.power_too_low"]
        with daemon(tmp_path):
            until(tmp_path, lambda: len([e for e in hears.events() if e["type"] == "pole.birth"]) == 2)
            until(tmp_path, lambda: status(tmp_path)["power_w"] == 0.5)
            assert status(tmp_path)["alarms"] == ["lamp.failure", "lamp.power_too_low"]
            lamp.dead = False
            until(tmp_path, lambda: {"lamp.power_too_low", "lamp.failure"} <= told(False).keys())
            assert status(tmp_path)["alarms"] == []
        alarms = [event for event in hears.events() if event["type"] in told(True)]
    assert len({event["id"] for event in alarms}) == 4, json.dumps(alarms)


def test_what_was_counted_is_kept_by_an_orderly_end(
    tmp_path: Path, lamp: MeteredLamp, start_broker: Callable[..., Any]
) -> None:
    (tmp_path / "metered.toml").write_text(PROFILE)
    (tmp_path / "pole.toml").write_text(POLE.format(folder=tmp_path, broker=start_broker().port, slave=lamp.port))
    with daemon(tmp_path):
        until(tmp_path, (tmp_path / "lamppost.sock").exists)
        order(tmp_path, 0.0)
        until(tmp_path, lambda: status(tmp_path)["power_w"] == 0.0)
        order(tmp_path, 100.0)
        counted = until(tmp_path, lambda: status(tmp_path)["switch_on_count"])
    with daemon(tmp_path):
        until(tmp_path, (tmp_path / "lamppost.sock").exists)
        until(tmp_path, lambda: status(tmp_path)["power_w"] == 60.0)
        assert status(tmp_path)["switch_on_count"] == counted


FAULT = """
[register.driver_hot]
function = 2
address = 0
type = "coil"
[[fault]]
name = "driver_hot"
event = "lamp.high_temperature"
"""


def test_a_fault_that_a_profile_declares_begins_and_ends_at_the_broker(
    tmp_path: Path, lamp: MeteredLamp, start_broker: Callable[..., Any], city: Callable[[int], Any]
) -> None:
    broker = start_broker()
    (tmp_path / "metered.toml").write_text(PROFILE + FAULT)
    (tmp_path / "pole.toml").write_text(POLE.format(folder=tmp_path, broker=broker.port, slave=lamp.port))
    with city(broker.port) as hears, daemon(tmp_path):

        def told() -> list[tuple[bool, str]]:
            return [
                (event["data"]["active"], event["data"]["fault"])
                for event in hears.events()
                if (event["subject"], event["type"]) == ("l1", "lamp.high_temperature")
            ]

        until(tmp_path, lambda: (tmp_path / "lamppost.sock").exists() and status(tmp_path)["power_w"] == 60.0)
        assert told() == []
        lamp.hot = True
        until(tmp_path, told)
        assert told() == [(True, "driver_hot")]
        assert status(tmp_path)["alarms"] == ["lamp.high_temperature"]
        lamp.hot = False
        until(tmp_path, lambda: len(told()) == 2)
        assert told() == [(True, "driver_hot"), (False, "driver_hot")]
        assert status(tmp_path)["alarms"] == []


def test_a_lamp_is_led_through_its_levels_and_its_curve_is_accepted(
    tmp_path: Path,
    lamp: MeteredLamp,
    start_broker: Callable[..., Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pause lasts until the power of the new level was read, whatever the machine does."""
    monkeypatch.setattr(learn, "SAMPLES", 1)
    (tmp_path / "metered.toml").write_text(PROFILE)
    (tmp_path / "pole.toml").write_text(POLE.format(folder=tmp_path, broker=start_broker().port, slave=lamp.port))

    async def led() -> list[tuple[float, float]]:
        async def pause(_seconds: float) -> None:
            level = lamp.level_percent
            await asyncio.to_thread(until, tmp_path, lambda: status(tmp_path)["power_w"] == 0.6 * level)

        return await learn.learnt(partial(first_answer, tmp_path / "lamppost.sock"), "l1", 0.0, pause)

    with daemon(tmp_path):
        until(tmp_path, lambda: (tmp_path / "lamppost.sock").exists() and status(tmp_path)["power_w"] == 60.0)
        curve = asyncio.run(led())
        until(tmp_path, lambda: status(tmp_path)["reason"] == "default")
    assert curve == [(level, pytest.approx(0.6 * level)) for level in sorted(learn.LEVELS)]
    assert capsys.readouterr().out.splitlines() == [f"l1: {level:g} %, {0.6 * level:g} W" for level in learn.LEVELS]
    line = f"{learn.KEY} = {[list(point) for point in curve]}\n"
    (tmp_path / "pole.toml").write_text((tmp_path / "pole.toml").read_text() + line)
    load(tmp_path / "pole.toml")
