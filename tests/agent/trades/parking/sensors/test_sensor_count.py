"""What a sensor has counted goes on after a restart, and what it tells of no bay is told as a measurement."""

import asyncio
import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from built_pole import MovedClock, built_pole

from agent.configuration import ConfigError, load
from agent.event_catalogue import EVENT_TYPES
from agent.trades.parking.sensors import sensor_count
from agent.trades.parking.sensors.sensor_count import CountState
from drivers.base import Reading
from drivers.gpio.input import InputDriver
from drivers.serial.uart import UartDriver

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 45.7
longitude = 4.8
clock = "rtc"
[uplink]
host = "127.0.0.1"
[sensor.dust]
kind = "uart"
port = "/dev/ttyX"
profile = "nova-sds011"
[sensor.rain]
kind = "input"
chip = "/dev/gpiochipX"
offset = 5
profile = "davis-6464"
"""


def pole(folder: Path, more: str = "") -> Path:
    file = folder / "lamppost.toml"
    file.write_text(POLE + more)
    return file


def told(store: Path) -> set[tuple[str, str, Any]]:
    """Device, quantity and value of every telemetry.reading that waits for the broker."""
    table = f"outbox_{EVENT_TYPES['telemetry.reading'].priority.name.lower()}"
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as rows:
        found = rows.execute(f"SELECT subject, data FROM {table} WHERE type = 'telemetry.reading'").fetchall()
    data = [(subject, json.loads(each)) for subject, each in found]
    return {(subject, each["quantity"], each["value"]) for subject, each in data}


def test_a_counter_is_kept_and_nothing_else() -> None:
    moment = MovedClock().now()
    state = CountState()
    for quantity, value in (("pulse_count", 3), ("pulse_count", 4), ("power_cycle_count", 1)):
        state = sensor_count.step(state, moment, Reading("rain", quantity, value, 0.0)).state
    assert state == CountState({"pulse_count": 4, "power_cycle_count": 1})
    assert sensor_count.step(state, moment, None).state is state
    assert sensor_count.step(state, moment, Reading("rain", "pulse_count", 4, 0.0)).state is state
    assert sensor_count.step(state, moment, Reading("rain", "pulse_count", "?", 0.0)).state is state


def test_counts_go_on_after_a_restart_and_measurements_are_told(tmp_path: Path) -> None:
    config = load(pole(tmp_path))

    async def main() -> dict[str, Any]:
        async with built_pole(config, tmp_path / "l.db", MovedClock()) as built:
            for device, quantity, value in (
                ("rain", "pulse_count", 41),
                ("rain", "rain_mm", 8.2),
                ("dust", "running_hours_h", 12.25),
                ("dust", "pm2_5_ug_m3", 7.0),
            ):
                await built.parts.hear(Reading(device, quantity, value, 1000.0))
        assert told(tmp_path / "l.db") == {("rain", "pulse_count", 41), ("rain", "rain_mm", 8.2)} | {
            ("dust", "running_hours_h", 12.25), ("dust", "pm2_5_ug_m3", 7.0),
        }  # fmt: skip
        async with built_pole(config, tmp_path / "l.db", MovedClock()) as built:
            return {each.name: each for each in built.parts.drivers}

    drivers = asyncio.run(main())
    rain, dust = drivers["rain"], drivers["dust"]
    assert isinstance(rain, InputDriver)
    assert rain._count == 41
    assert isinstance(dust, UartDriver)
    assert dust.figures["running_hours_h"] == 12.25


def test_no_bay_may_name_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[bay.b1\] sensor: \[sensor.rain\] tells nothing of a bay"):
        load(pole(tmp_path, '[bay.b1]\nsensor = "rain"\n'))


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ('[sensor.x]\nkind = "uart"\nport = "/dev/ttyY"\nprofile = "nova-sds11"\n', "there is no serial sensor"),
        ('[sensor.x]\nkind = "input"\nchip = "c"\noffset = 5\nprofile = "davis"\n', "there is no input"),
        ('[sensor.x]\nkind = "uart"\nport = "/dev/ttyX"\nprofile = "nova-sds011"\n', "is on the same port"),
        (
            '[sensor.x]\nkind = "input"\nchip = "/dev/gpiochipX"\noffset = 5\nprofile = "davis-6464"\n',
            "has this offset on /dev/gpiochipX already",
        ),
        (
            '[sensor.x]\nkind = "uart"\nport = "/dev/ttyY"\nprofile = "nova-sds011"\nsupply_offset = 7\n',
            "supply_offset: stands alone; expected supply_chip beside it",
        ),
    ],
)
def test_what_may_be_wrong_with_such_a_table(more: str, wanted: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=wanted):
        load(pole(tmp_path, more))
