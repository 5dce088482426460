"""Each kind of sensor has a driver."""

import typing

from drivers import registry
from drivers.parking.serial import A02Sensor, SerialSensor


def test_every_kind_of_options_has_a_constructor() -> None:
    kinds = typing.get_args(registry.SensorOptions) or (registry.SensorOptions,)
    assert set(registry.SENSORS) == set(kinds)


def test_a_sensor_is_made_by_its_options() -> None:
    driver = registry.sensor("bay-1", SerialSensor(port="/dev/null"))
    assert isinstance(driver, A02Sensor)
    assert driver.name == "bay-1"
