"""One line per kind of device: its options and what runs it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from drivers.base import Driver, Reporting
from drivers.parking.serial import A02Sensor, SerialSensor

SensorOptions = SerialSensor
"""Every kind of [sensor.NAME]: a union, told apart by `kind`."""

SENSORS: Mapping[type[SensorOptions], Callable[[str, SensorOptions], Driver]] = {
    SerialSensor: A02Sensor,
}


def sensor(name: str, options: SensorOptions) -> Driver:
    """The driver of [sensor.NAME]; nothing is opened before it runs."""
    return SENSORS[type(options)](name, options)


def reporting(options: SensorOptions, profiles_dir: Path) -> Reporting:
    """How a sensor of these options reports.

    Args:
        profiles_dir: the technician's own register maps, where a sensor is described by one.
    """
    return Reporting(options.period_s, "distance")
