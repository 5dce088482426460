"""Meters in the table of `lamppost check`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.config.messages import format_duration
from agent.config.schema import Config
from agent.trades.base import Row, Section
from agent.trades.metering.supply import HIGH, LOW, meter_config
from agent.trades.metering.tables import MeteringTables
from drivers import profile


def sections(config: Config) -> Sequence[Section]:
    return (("METERS", _meters(config)),)


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
