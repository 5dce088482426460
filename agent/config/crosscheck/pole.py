"""[pole]: a place on earth and a time zone that exist."""

import zoneinfo

from agent.config.problems import Report, nearest
from agent.config.reader import Table
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    pole = config.values.get("pole")
    if not isinstance(pole, Table):
        return
    if pole.values_of("latitude", "longitude") == (0.0, 0.0):
        what = _("latitude and longitude are both 0, a place in the sea")
        report.error(pole.path, "latitude", what, _("expected where the pole stands, in degrees: sunset depends on it"))
    _timezone(pole, report)


def zone(name: str) -> zoneinfo.ZoneInfo | None:
    """The time zone of that IANA name, None where there is none."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _timezone(pole: Table, report: Report) -> None:
    name = pole.values.get("timezone")
    if name is None or zone(name):
        return
    expected = _('expected an IANA name, for example "Europe/Paris"')
    known = {each.lower(): each for each in zoneinfo.available_timezones()}
    meant = nearest(name, known, 0.8) or next((each for each in known if each.endswith(f"/{name.lower()}")), None)
    report.error(
        pole.path,
        "timezone",
        _('there is no time zone "{name}"').format(name=name),
        expected,
        known[meant] if meant else None,
    )


def timezone_of(config: Table) -> str:
    """The pole's; where that is wrong, it is reported elsewhere."""
    pole = config.values.get("pole")
    name = pole.values.get("timezone") if isinstance(pole, Table) else None
    return str(name) if name and zone(name) else "UTC"
