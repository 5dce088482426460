"""The sample programs for France: they keep within the ordinance on every night of a year, and can be drawn."""

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from agent.trades.lighting.options import CalendarOptions, ProgramOptions
from agent.trades.lighting.plan.calendar import calendar_of
from agent.trades.lighting.plan.night_schedule import night_on
from agent.trades.lighting.plan.program import compiled
from agent.trades.lighting.plan.sun import Place
from drivers.options import decode

SAMPLE = Path(__file__).parents[4] / "config/samples/part-night-france.toml"
LILLE = Place(50.63, 3.06, "Europe/Paris")
NIGHTS = [date(2026, 1, 1) + timedelta(days=at) for at in range(365)]


def tables() -> tuple[dict[str, ProgramOptions], dict[str, CalendarOptions]]:
    given = tomllib.loads(SAMPLE.read_text())
    both = (("program", ProgramOptions), ("calendar", CalendarOptions))
    programs, calendars = (
        {name: msgspec.convert(each, kind, dec_hook=decode) for name, each in given[key].items()} for key, kind in both
    )
    return programs, calendars


def burns(program: ProgramOptions, day: date, clock: str, next_day: bool) -> bool:
    at = datetime.fromisoformat(f"{day + timedelta(days=int(next_day))} {clock}").replace(
        tzinfo=ZoneInfo("Europe/Paris")
    )
    night = night_on(compiled(program), day, LILLE)
    return night is not None and at.timestamp() in night.span and night.level_percent(at.timestamp()) > 0


@pytest.mark.parametrize(
    ("name", "dark"),
    [
        ("part-night", ("23:00:01", "00:30", "02:00", "04:59")),
        ("facade", ("01:00", "03:00", "06:00")),
        ("park", ("22:30", "23:00", "02:00")),
        ("business-facade", ("01:00", "04:00")),
        ("shop-front", ("01:00", "04:00", "06:59")),
        ("car-park", ("22:30", "01:00")),
    ],
)
def test_it_is_dark_when_the_ordinance_or_the_mayor_says_so(name: str, dark: tuple[str, ...]) -> None:
    programs, _ = tables()
    for day in NIGHTS:
        assert not any(burns(programs[name], day, clock, clock < "12") for clock in dark), (name, day)


@pytest.mark.parametrize("name", ["part-night", "facade", "park", "business-facade", "shop-front", "car-park"])
def test_it_burns_in_the_evening_of_winter_and_never_before_sunset(name: str) -> None:
    programs, _ = tables()
    assert burns(programs[name], date(2026, 12, 21), "19:00", next_day=False)
    for day in NIGHTS:
        night = night_on(compiled(programs[name]), day, LILLE)
        sunset = night_on(compiled(ProgramOptions()), day, LILLE)
        assert night is None or (sunset is not None and night.span.begin_s >= sunset.span.begin_s)


def test_the_mayors_feasts_burn_all_night() -> None:
    programs, calendars = tables()
    calendar = calendar_of(calendars["part-night"], programs)
    feasts = {day for day in NIGHTS if calendar.program(day) == compiled(programs["feast"])}
    assert {f"{day:%m-%d}" for day in feasts} == {"12-24", "12-25", "12-31", "06-21", "07-13", "07-14"}
