"""What has to be done at the sensors of a station: after so many hours of running, or so long after a calibration."""

from collections.abc import Iterator
from datetime import date, timedelta

from agent.calendars import local_date
from agent.clock import Moment
from agent.trades.sensing.event_types import CALIBRATION, SensingMaintenance
from agent.trades.sensing.options import Maintenance, QuantityOptions
from agent.trades.sensing.state import Finding, Station, maintenance_key
from drivers.base import Reading
from drivers.translation import _


def keys(station: Station) -> Iterator[str]:
    """Yields the keys of all that can be due."""
    yield from (maintenance_key(each.what, each.device) for each in station.options.maintenance)
    for name, options in station.options.quantity.items():
        if options.calibrate_every_s is not None:
            yield maintenance_key(CALIBRATION, name)


def of_hours(station: Station, reading: Reading, value: float) -> Iterator[Finding]:
    """Yields what a reading says of the hours after which something is due."""
    for each in station.options.maintenance:
        if (each.device, each.reads) == (reading.device, reading.quantity):
            due = value >= each.hours
            tells = SensingMaintenance(
                due, _words(each, value) if due else "", what=each.what, hours=round(value, 1), limit_h=each.hours
            )
            yield Finding(maintenance_key(each.what, each.device), each.device, tells)


def _words(due: Maintenance, value: float) -> str:
    words = {
        "fan": _("its fan has run {hours:.0f} h of {limit:g}; replace it"),
        "laser": _("its laser has run {hours:.0f} h of {limit:g}; replace the sensor"),
        "cleaning": _("it has run {hours:.0f} h of {limit:g} since it was cleaned; clean it"),
    }[due.what]
    return words.format(hours=value, limit=due.hours)


def of_calibrations(station: Station, now: Moment) -> Iterator[Finding]:
    """Yields whether the calibration of each quantity is due by that moment; nothing while the clock is not set."""
    if not now.trusted:
        return
    today = local_date(now.unix_s, station.timezone)
    for name, options in station.options.quantity.items():
        if (since := due_since(options)) is not None:
            tells = _due_by(name, since, since <= today)
            yield Finding(maintenance_key(CALIBRATION, name), options.device, tells)


def _due_by(quantity: str, since: date, due: bool) -> SensingMaintenance:
    words = _("{quantity} was to be calibrated by {day}; enter the calibration in the file")
    detail = words.format(quantity=quantity, day=since) if due else ""
    return SensingMaintenance(due, detail, what=CALIBRATION, quantity=quantity, since=since.isoformat())


def due_since(options: QuantityOptions) -> date | None:
    """The local day from which a calibration is due; None: nothing says how often, or since when."""
    last = max((each.date for each in options.calibration), default=None)
    if last is None or options.calibrate_every_s is None:
        return None
    return last + timedelta(seconds=options.calibrate_every_s)
