"""Sensors that have a wire of their own, asked once."""

from collections.abc import Awaitable, Mapping

from msgspec import structs

from agent.trades.parking.tables import ParkingTables
from agent.trades.probing import ProbeContext, first_reading
from drivers import registry
from drivers.base import Quality
from drivers.lorawan import LorawanSensor
from drivers.modbus_sensor import ModbusSensor
from drivers.options import Seconds
from drivers.registry import SensorOptions
from drivers.serial.sensor import SerialSensor

LISTEN_S = Seconds(5.0)
"""How long a sensor may stay silent; the A02 family sends about ten frames a second."""


def probe(context: ProbeContext) -> Mapping[str, Awaitable[str]]:
    """A LoRaWAN sensor speaks when it wants to: its network answers in its place."""
    return {
        name: _sensor(name, options, context)
        for name, options in context.config.of(ParkingTables).sensor.items()
        if not isinstance(options, ModbusSensor | LorawanSensor)
    }


async def _sensor(name: str, options: SensorOptions, context: ProbeContext) -> str:
    """Returns the first reading of a sensor, in words. Raises DeviceError."""
    if isinstance(options, SerialSensor):
        options = structs.replace(options, period_s=Seconds(1.0), silence_s=LISTEN_S)
    known = registry.SensorContext(context.profiles_dir, context.masters, context.networks)
    reading = await first_reading(registry.sensor(name, options, known))
    doubt = f" ({reading.detail})" if reading.quality is Quality.SUSPECT else ""
    return f"{reading.quantity} {reading.value}{doubt}"
