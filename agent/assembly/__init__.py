"""Builds what hangs on the pole from its configuration: drivers, the rules that hear them, the lamps they drive."""

from functools import partial
from pathlib import Path

from msgspec import structs

from agent import telemetry
from agent.assembly.bays import bays, sensors
from agent.assembly.cameras import cameras
from agent.assembly.context import BuildContext, Components
from agent.assembly.lamps import lamps, meters
from agent.config.schema import Config
from agent.rule import RuleRunner
from agent.trades.lighting.tables import LightingTables
from agent.trades.metering.tables import MeteringTables
from agent.trades.parking.tables import ParkingTables
from drivers import profile
from drivers.line import LineOptions, TcpLine
from drivers.modbus_sensor import ModbusSensor

__all__ = ["Builder", "Components", "line_options"]


class Builder(BuildContext):
    """Builds the parts; each rule goes on from its state in the store."""

    async def build(self) -> Components:
        components = Components()
        for build in (sensors, bays, lamps, meters, cameras, _telemetry):
            await build(self, components)
        return components


async def _telemetry(context: BuildContext, components: Components) -> None:
    for driver in components.drivers:
        step = partial(telemetry.step, driver.name)
        key = f"device/{driver.name}"
        state = await context.state(key, telemetry.DeviceState)
        runner = RuleRunner(key, state, step, context.commit, context.clock, persisted=telemetry.stored)
        components.others.append(runner)
        components.listeners[driver.name].append(runner.on_reading)


def line_options(config: Config, name: str) -> LineOptions:
    """A line with as many requests at one time as the profiles of its devices allow, where it does not say itself."""
    options = config.line[name]
    if not isinstance(options, TcpLine) or options.framing == "rtu" or options.in_flight is not None:
        return options
    own_dir = Path(config.pole.profiles_dir)
    profiles = [each.profile for each in config.of(LightingTables).lamp.values() if each.line == name]
    profiles += [each.profile for each in config.of(MeteringTables).meter.values() if each.line == name]
    modbus = (each for each in config.of(ParkingTables).sensor.values() if isinstance(each, ModbusSensor))
    profiles += [each.profile for each in modbus if each.line == name]
    allowed = [profile.load(each, own_dir).tables.in_flight or 1 for each in profiles]
    return structs.replace(options, in_flight=min(allowed, default=1))
