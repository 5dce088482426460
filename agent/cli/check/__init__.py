"""`lamppost check`: what would run, as a table for a technician's screen; with --probe, what answers."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.cli.check import bays, cameras, lamps, sensors
from agent.cli.check.layout import Row, columns, section
from agent.config.messages import format_duration
from agent.configuration import Config, load_with_warnings
from agent.trades.lighting import LampOptions
from agent.trades.lighting.tables import LightingTables
from agent.trades.metering.supply import HIGH, LOW, meter_config
from agent.trades.metering.tables import MeteringTables
from agent.trades.parking.tables import ParkingTables
from drivers import profile
from drivers.line import LineOptions, SerialLine
from drivers.modbus_sensor import ModbusSensor


def run(file: Path, probe: bool, plot: Path | None = None) -> int:
    """Prints the table; 0: as it should be, 1: a device was asked and did not answer, or no picture could be made.

    Raises ConfigError.
    """
    config, warnings = load_with_warnings(file)
    print(table(config, warnings))
    if plot is not None and not _draw(config, plot):
        return 1
    if not probe:
        return 0
    from agent.cli.probe import probe as ask

    answers = asyncio.run(ask(config))
    rows = [("+" if each.answered else "!", each.name, each.text) for each in answers]
    print("\n" + "\n".join(section("PROBE", rows)))
    return 0 if all(each.answered for each in answers) else 1


def _draw(config: Config, plot: Path) -> bool:
    from agent.plot.svg import save
    from agent.plot.week import picture

    try:
        save(plot, picture(config, datetime.now(ZoneInfo(config.pole.timezone)).date()))
    except ValueError as error:
        print(error, file=sys.stderr)
        return False
    print(f"\nlevels over a winter and a summer week: {plot}")
    return True


def table(config: Config, warnings: Sequence[str], today: date | None = None) -> str:
    """Plain text, at most 100 characters wide.

    Args:
        today: local date whose night is shown; None: by the clock of this box.
    """
    sections = (
        _pole(config),
        section("LINES", _lines(config)),
        section("LORAWAN", sensors.networks(config)),
        section("SENSORS", sensors.sensors(config)),
        section("BAYS", bays.bays(config)),
        section("RULES", bays.rules(config)),
        section("LAMPS", lamps.lamps(config, today)),
        section("LAMPS WITHOUT THE POLE", lamps.without_pole(config)),
        section("METERS", _meters(config)),
        section("CAMERAS", cameras.cameras(config)),
        section("KERB", cameras.kerb(config)),
        section("WARNINGS", [(warning,) for warning in warnings]),
    )
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def _pole(config: Config) -> list[str]:
    pole, uplink = config.pole, config.uplink
    port = uplink.port or (8883 if uplink.tls else 1883)
    safety = "TLS" if uplink.tls else "this box only, no TLS"
    return columns(
        [
            ("pole", f"{pole.site}/{pole.id}", f"{pole.latitude:.4f}, {pole.longitude:.4f}", pole.timezone),
            ("uplink", f"{uplink.host}:{port}", f"MQTT {uplink.protocol}, {safety}", uplink.username or "no login"),
            ("store", config.store.path, f"at most {config.store.max_mb} MB", ""),
        ]
    )


def _lines(config: Config) -> Iterator[Row]:
    for name, line in config.line.items():
        yield (name, *_link(line), f"answers within {format_duration(line.timeout_s)}")
        for lamp_name, lamp in config.of(LightingTables).lamp.items():
            if lamp.line == name:
                yield f"  unit {lamp.unit}", lamp_name, lamp.profile, _address(lamp)
        for meter_name, meter in config.of(MeteringTables).meter.items():
            if meter.line == name:
                yield f"  unit {meter.unit}", meter_name, meter.profile, ""
        for sensor_name, sensor in config.of(ParkingTables).sensor.items():
            if isinstance(sensor, ModbusSensor) and sensor.line == name:
                yield f"  unit {sensor.unit}", sensor_name, sensor.profile, ""


def _link(line: LineOptions) -> tuple[str, str]:
    if isinstance(line, SerialLine):
        return line.port, f"{line.baud} baud, 8{line.parity}{line.stop_bits}"
    return f"{line.host}:{line.port}", f"Modbus {'TCP' if line.framing == 'tcp' else 'RTU over TCP'}"


def _address(lamp: LampOptions) -> str:
    given = ((name.replace("_", " "), value) for name, value in lamp.parameters.items())
    return ", ".join(f"{name} {value}" for name, value in given if value is not None)


def _meters(config: Config) -> Iterator[Row]:
    own_dir = Path(config.pole.profiles_dir)
    for name, meter in config.of(MeteringTables).meter.items():
        found = profile.load(meter.profile, own_dir)
        phases = meter_config(name, meter, found).phases.values()
        limits = " and ".join(
            dict.fromkeys(f"{LOW * each.nominal_v:g} to {HIGH * each.nominal_v:g} V" for each in phases)
        )
        judged = f"alarms outside {limits}" if limits else "its voltage is not judged"
        yield name, found.tables.description, f"every {format_duration(meter.period_s)}, {judged}"
