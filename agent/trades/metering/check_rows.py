"""Meters in the table of `lamppost check`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.config.messages import format_duration
from agent.config.schema import Config
from agent.trades.base import Row, Section
from agent.trades.metering.supply import HIGH, LOW, meter_config
from agent.trades.metering.tables import MeteringTables
from drivers import profile
from drivers.translation import _


def sections(config: Config) -> Sequence[Section]:
    return ((_("METERS"), _meters(config)),)


def _meters(config: Config) -> Iterator[Row]:
    own_dir = Path(config.pole.profiles_dir)
    for name, meter in config.of(MeteringTables).meter.items():
        found = profile.load(meter.profile, own_dir)
        phases = meter_config(name, meter, found).phases.values()
        bounds = [(LOW * each.nominal_v, HIGH * each.nominal_v) for each in phases]
        words = [_("{low:g} to {high:g} V").format(low=low, high=high) for low, high in dict.fromkeys(bounds)]
        limits = _(" and ").join(words)
        judged = _("alarms outside {limits}").format(limits=limits) if limits else _("its voltage is not judged")
        yield (
            name,
            found.description,
            _("every {period}, {judged}").format(period=format_duration(meter.period_s), judged=judged),
        )
