"""Each kind of sensor has a driver, and says how it reports."""

import typing
from pathlib import Path

import pytest

from drivers import profile, registry
from drivers.base import NOBODY_KNOWS_S
from drivers.gpio import GpioInput, GpioSensor
from drivers.lorawan import LorawanSensor
from drivers.mistakes import ProfileError
from drivers.modbus_sensor import ModbusSensor
from drivers.options import Seconds
from drivers.registry import SensorOptions
from drivers.serial.options import UartSensor
from drivers.serial.sensor import A02Sensor, SerialSensor

NOWHERE = Path("/nowhere")
EUI = "70B3D5A1C0DE0001"


def test_every_kind_of_options_has_a_constructor() -> None:
    assert set(registry.SENSORS) == set(typing.get_args(SensorOptions))


def test_a_sensor_is_made_by_its_options() -> None:
    driver = registry.sensor("bay-1", SerialSensor(port="/dev/null"), registry.SensorContext(NOWHERE))
    assert isinstance(driver, A02Sensor)
    assert driver.name == "bay-1"


@pytest.mark.parametrize(
    ("options", "period_s", "decides"),
    [
        (SerialSensor(port="/dev/null", period_s=Seconds(2)), 2, "distance"),
        (ModbusSensor(line="rs485", unit=11, profile="dfrobot-sen0310", period_s=Seconds(3)), 3, "distance"),
        (ModbusSensor(line="rs485", unit=11, profile="loop"), 1, "occupied"),
        (LorawanSensor(network="town", dev_eui=EUI, model="bosch-tps110"), 86400, "occupied"),
        (LorawanSensor(network="town", dev_eui=EUI, model="milesight-em310-udl"), 600, "distance"),
        (LorawanSensor(network="town", dev_eui=EUI, model="nwave-nps405", heartbeat_s=Seconds(60)), 60, "occupied"),
        (GpioSensor(chip="/dev/gpiochip0", offset=4, period_s=Seconds(5)), 5, "occupied"),
    ],
)
def test_how_a_sensor_reports(options: SensorOptions, period_s: float, decides: str, tmp_path: Path) -> None:
    (tmp_path / "loop.toml").write_text(
        'description = "a loop detector"\n[register.occupied]\nfunction = 2\naddress = 0\ntype = "coil"\n'
    )
    found = registry.reporting(options, tmp_path)
    assert found is not None
    assert (found.period_s, found.decides) == (period_s, decides)
    assert found.speaks_at_changes is (isinstance(options, LorawanSensor) and decides == "occupied")


@pytest.mark.parametrize(
    ("model", "tells_within_s"),
    [("nwave-nps405", 30), ("nwave-nps310", 30), ("bosch-tps110", 30), ("milesight-em400-udl", 0)],
)
def test_how_soon_a_sensor_that_decides_itself_tells_a_change(
    model: str, tells_within_s: float, tmp_path: Path
) -> None:
    options = LorawanSensor(network="town", dev_eui=EUI, model=model)
    reporting = registry.reporting(options, tmp_path)
    assert reporting is not None
    assert (reporting.tells_within_s, reporting.speaks_at_changes) == (tells_within_s, tells_within_s > 0)


@pytest.mark.parametrize(("line", "tells_within_s"), [("", NOBODY_KNOWS_S), ('tells_within = "2s"', 2.0)])
def test_how_soon_a_sensor_on_a_line_that_decides_itself_tells_a_change_is_what_its_profile_declares(
    line: str, tells_within_s: float, tmp_path: Path
) -> None:
    (tmp_path / "loop.toml").write_text(
        f'description = "a loop detector"\n{line}\n[register.occupied]\nfunction = 2\naddress = 0\ntype = "coil"\n'
    )
    options = ModbusSensor(line="rs485", unit=11, profile="loop")
    found = registry.reporting(options, tmp_path)
    assert found is not None
    assert found.tells_within_s == tells_within_s


def test_only_a_sensor_that_decides_itself_tells_a_change_within_a_time(tmp_path: Path) -> None:
    (tmp_path / "meter.toml").write_text(
        'description = "M"\ntells_within = "2s"\n[register.power_w]\nfunction = 3\naddress = 0\n'
        'type = "u16"\nunit = "W"\n'
    )
    with pytest.raises(ProfileError, match=r"meter\.toml:2: tells_within: is of a sensor that decides itself"):
        profile.load("meter", tmp_path)


def test_a_sensor_that_tells_nothing_of_a_bay_has_no_way_to_report_it(tmp_path: Path) -> None:
    (tmp_path / "lorawan").mkdir()
    (tmp_path / "lorawan" / "thermometer.toml").write_text(
        'description = "T"\nreports = "1h"\n[frame.data]\nlength = 1\n'
        '[[value]]\nquantity = "temperature_c"\nin = "data"\nunit = "°C"\n'
        '[[vector]]\nhex = "07"\nsays = { temperature_c = 7 }\n'
    )
    assert registry.reporting(LorawanSensor(network="town", dev_eui=EUI, model="thermometer"), tmp_path) is None
    meter = ModbusSensor(line="rs485", unit=1, profile="eastron-sdm230")
    uart = UartSensor(port="/dev/null", profile="plantower-pms5003")
    rain = GpioInput(chip="/dev/gpiochip0", offset=4, profile="davis-6464")
    assert [registry.reporting(each, tmp_path) for each in (meter, uart, rain)] == [None, None, None]
