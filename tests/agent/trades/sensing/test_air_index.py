"""The European Air Quality Index: its table, rounding at a bound, what is missing, when it is told."""

from typing import Any, get_args

import pytest
from msgspec import structs
from spoken_station import SpokenStation as Pole
from spoken_station import station

from agent.trades.sensing.event_types import Pollutant, Setting
from agent.trades.sensing.limits.index import index_of, level, table
from tests.agent.trades.sensing.test_hours import PLACE
from tests.agent.trades.sensing.test_rule import AIR

AIRS: dict[str, Any] = {
    name: AIR | {"reads": name, "windows": ["1h"], "pollutant": each}
    for name, each in (("pm2_5", "PM2.5"), ("no2", "NO2"), ("o3", "O3"))
}


def test_the_table_is_that_of_2024_with_its_sources() -> None:
    found = table()
    assert found.version == "EEA 2024" and len(found.source) == 3
    assert {name: tuple(each) for name, each in found.bounds.items()} == {
        "PM2.5": (5, 15, 50, 90, 140),
        "PM10": (15, 45, 120, 195, 270),
        "NO2": (10, 25, 60, 100, 150),
        "O3": (60, 100, 120, 160, 180),
        "SO2": (20, 40, 125, 190, 275),
    }
    assert len(found.levels) == 6 and set(found.needs) == set(get_args(Setting))


@pytest.mark.parametrize("pollutant", ["PM2.5", "PM10", "NO2", "O3", "SO2"])
def test_a_value_at_a_bound_belongs_to_the_lower_level_and_is_rounded_half_up(pollutant: Pollutant) -> None:
    for number, bound in enumerate(table().bounds[pollutant], 1):
        assert level(table(), pollutant, bound) == level(table(), pollutant, bound + 0.49) == number
        assert level(table(), pollutant, bound + 0.5) == level(table(), pollutant, bound + 1) == number + 1
    assert level(table(), pollutant, 0.0) == level(table(), pollutant, -3.0) == 1


@pytest.mark.parametrize(
    ("values", "setting", "wanted", "missing"),
    [
        ({"NO2": 20.0, "PM10": 130.0}, "traffic", 4, ()),
        ({"NO2": 20.0, "PM10": 130.0}, "background", None, ("O3",)),
        ({"NO2": 20.0, "O3": 10.0, "PM2.5": 1.0}, "industrial", 2, ()),
        ({"NO2": 20.0, "O3": 10.0}, "background", None, ("PM2.5|PM10",)),
        ({"O3": 200.0}, "traffic", None, ("NO2", "PM2.5|PM10")),
        ({"NO2": None, "PM10": 4.0}, "traffic", None, ("NO2",)),
        ({"NO2": 1.0, "PM10": 4.0, "CO": 90.0}, "traffic", 1, ()),
    ],
)
def test_the_worst_rules_and_what_is_missing_leaves_no_index(
    values: dict[Pollutant, float | None], setting: Setting, wanted: int | None, missing: tuple[str, ...]
) -> None:
    found = index_of(values, setting)
    assert (found.level, found.missing) == (wanted, missing)
    assert set(found.by) == {each for each, value in values.items() if value is not None} - {"CO"}


def pole(**quantities: dict[str, Any]) -> Pole:
    of = station(**quantities)
    return Pole(
        structs.replace(of, place=PLACE, options=structs.replace(of.options, index="eaqi", setting="background"))
    )


def hours(it: Pole, values: dict[str, float], count: int = 1, begin_s: float = 0.0) -> None:
    for minute in range(1, 60 * count + 1):
        for name, value in values.items():
            it.say(begin_s + 60.0 * minute, name, value)


def test_an_hour_is_told_once_with_version_setting_and_standing() -> None:
    it = pole(**AIRS)
    hours(it, {"pm2_5": 15.4, "no2": 26.0, "o3": 59.0})
    it.pass_time(3_660.0)
    (told,) = it.told("sensing.index")
    assert told == {
        "index": "European Air Quality Index",
        "version": "EEA 2024",
        "begin": "2027-06-15T08:00:00.000Z",
        "end": "2027-06-15T09:00:00.000Z",
        "level": 3,
        "category": "moderate",
        "by_pollutant": {"PM2.5": 2, "NO2": 3, "O3": 1},
        "missing": (),
        "setting": "background",
        "standing": "sensor",
    }
    it.kill()
    hours(it, {"pm2_5": 15.4, "no2": 26.0, "o3": 59.0}, begin_s=3600.0)
    it.pass_time(7_260.0)
    assert [each["end"][11:13] for each in it.told("sensing.index")] == ["09", "10"], "and not twice after a kill"


def test_a_pollutant_with_too_little_of_the_hour_is_missing() -> None:
    it = pole(**AIRS)
    hours(it, {"pm2_5": 4.0, "no2": 4.0})
    it.say(60.0, "o3", 300.0)
    it.pass_time(3_660.0)
    (told,) = it.told("sensing.index")
    assert (told["level"], told["category"], told["missing"]) == (None, None, ("O3",))
    assert told["by_pollutant"] == {"PM2.5": 1, "NO2": 1}


def test_the_index_waits_for_the_pollutant_that_may_come_latest() -> None:
    it = pole(**AIRS | {"o3": AIRS["o3"] | {"late": "30min"}})
    hours(it, {"pm2_5": 4.0, "no2": 4.0, "o3": 130.0})
    it.pass_time(3_660.0)
    assert it.told("sensing.index") == []
    it.pass_time(5_400.0)
    assert [each["level"] for each in it.told("sensing.index")] == [4]


def test_an_hour_of_which_nothing_is_known_has_no_index() -> None:
    it = pole(**AIRS)
    hours(it, {"pm2_5": 4.0, "no2": 4.0, "o3": 1.0})
    hours(it, {"pm2_5": 4.0, "no2": 4.0, "o3": 1.0}, begin_s=3 * 3600.0)
    it.pass_time(4 * 3600.0 + 60)
    assert [each["end"][11:13] for each in it.told("sensing.index")] == ["09", "12"]


def test_no_index_is_told_that_was_not_asked_for() -> None:
    it = Pole(structs.replace(station(**AIRS), place=PLACE))
    hours(it, {"pm2_5": 4.0, "no2": 4.0, "o3": 1.0})
    it.pass_time(3_660.0)
    assert it.told("sensing.index") == []
