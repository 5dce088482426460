"""Stations in the table of `lamppost check`."""

from collections.abc import Iterator, Sequence
from datetime import date

from agent.config.messages import format_duration
from agent.config.schema import Config
from agent.trades.base import Row, Section
from agent.trades.sensing import judged
from agent.trades.sensing.options import Maintenance, QuantityOptions, StationOptions, Threshold
from agent.trades.sensing.tables import SensingTables
from agent.trades.sensing.units import readable
from drivers.translation import _


def sections(config: Config, today: date | None) -> Sequence[Section]:
    stations = config.of(SensingTables).station.items()
    return ((_("STATIONS"), (row for name, station in stations for row in _rows(name, station, today))),)


def _rows(name: str, station: StationOptions, today: date | None) -> Iterator[Row]:
    for quantity, options in station.quantity.items():
        yield (
            name,
            f"{quantity} ({readable(options.told_unit) or options.told_unit})",
            _how(options),
            f"{options.device}, {station.standing}",
        )
        correction = judged.correction_on(options.calibration, today or date.max)
        if done := judged.words(options, correction):
            formula, _semicolon, by = done.partition("; ")
            yield name, f"{quantity}: " + _("corrected"), formula, by
        for each in options.threshold:
            yield (
                name,
                f"{quantity}: {each.name}",
                _beyond(each, options),
                "; ".join(filter(None, (_when(each), each.source))),
            )
    for due in station.maintenance:
        yield name, due.what, _due(due), due.device


def _how(options: QuantityOptions) -> str:
    windows = ", ".join(options.windows) or _("no window")
    return _("{method} over {windows}").format(method=options.method, windows=windows)


def _beyond(threshold: Threshold, options: QuantityOptions) -> str:
    words = _("below {limit:g} {unit}") if threshold.above is None else _("above {limit:g} {unit}")
    limit = threshold.below if threshold.above is None else threshold.above
    of = _("each reading") if threshold.over is None else threshold.over
    said = words.format(limit=limit, unit=readable(options.told_unit)).rstrip()
    return f"{said}, {of}"


def _when(threshold: Threshold) -> str:
    """Tells how long a value must be beyond it, and when it holds."""
    lasts = _("for {time}").format(time=format_duration(threshold.lasts_s)) if threshold.lasts_s else ""
    hours = "" if threshold.hours is None else "-".join(threshold.hours)
    season = "" if threshold.begin is None else " - ".join(filter(None, (threshold.begin, threshold.end)))
    return ", ".join(filter(None, (lasts, hours, " ".join(threshold.days), season)))


def _due(due: Maintenance) -> str:
    return _("after {hours:g} h of running").format(hours=due.hours)
