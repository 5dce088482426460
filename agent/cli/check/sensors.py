"""The sensors in the table of `lamppost check`: what each is, where it is found, and how it tells of its bay."""

from collections.abc import Iterator
from pathlib import Path

from agent.cli.check.layout import Row
from agent.config.messages import format_duration
from agent.configuration import Config
from agent.trades.parking.tables import ParkingTables
from drivers import registry
from drivers.gpio import GpioSensor
from drivers.lorawan import LorawanSensor
from drivers.modbus_sensor import ModbusSensor
from drivers.registry import SensorOptions


def networks(config: Config) -> Iterator[Row]:
    for name, network in config.lorawan.items():
        count = sum(
            isinstance(each, LorawanSensor) and each.network == name
            for each in config.of(ParkingTables).sensor.values()
        )
        safety = "TLS" if network.tls else "this box only, no TLS"
        heard = f"{count} sensor" + ("" if count == 1 else "s")
        where = "{}:{}".format(*network.where)
        yield name, where, f"MQTT {network.protocol}, {safety}", network.username or "no login", heard


def sensors(config: Config) -> Iterator[Row]:
    for name, sensor in config.of(ParkingTables).sensor.items():
        reporting = registry.reporting(sensor, Path(config.pole.profiles_dir))
        yield name, *_made(sensor), f"by {reporting.decides}, each {format_duration(reporting.period_s)}"


def _made(sensor: SensorOptions) -> tuple[str, str]:
    """What it is, and where."""
    match sensor:
        case ModbusSensor():
            return sensor.profile, f"{sensor.line}, unit {sensor.unit}"
        case LorawanSensor():
            return sensor.model, f"{sensor.network}, {sensor.eui}"
        case GpioSensor():
            return f"contact, active {sensor.active}", f"{sensor.chip}, line {sensor.offset}"
    return "a02", sensor.port
