"""What the pictures of a month say and draw: gaps as gaps, limits with their source, the standing of the data."""

import itertools
import re
import tomllib
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from agent.trades.sensing.hours import DayLevels, Hour, Nature
from agent.trades.sensing.month import air, charts, noise, weather
from agent.trades.sensing.month.charts import Mark
from agent.trades.sensing.month.model import Quantity, StationMonth
from agent.trades.sensing.month.rose import ring_step
from tests.agent.trades.sensing.month.conftest import PM, Value, month_of

LEVEL = Nature("dB(A)", "energetic")
ROOT = Path(__file__).parents[5]


def flat(value: float) -> Value:
    return lambda count, at: value


def words(svg: str) -> list[str]:
    """The texts of a picture, which is well-formed XML."""
    return ["".join(each.itertext()) for each in ElementTree.fromstring(svg).iter() if each.tag.endswith("text")]


def test_air_has_a_panel_for_each_pollutant_in_the_order_of_the_law() -> None:
    kinds = {"dust": "PM10", "ozone": "O3", "fine": "PM2.5"}
    natures = {name: (Nature("ug/m3", "mean", each), flat(20.0)) for name, each in kinds.items()}
    said = words(air.picture(month_of(natures | {"temperature": (Nature("Cel", "mean"), flat(9.0))})))
    assert [each for each in said if each.endswith(", µg/m³")] == ["PM2.5, µg/m³", "PM10, µg/m³", "O₃, µg/m³"]
    assert said[0] == "Air: Market, November 2026"
    assert "pole town/pole-1; local time (Europe/Paris)" in said


def test_what_else_is_in_the_air_stands_behind_the_pollutants_and_not_with_the_weather() -> None:
    natures = {"co2": Nature("[ppm]", "mean"), "pm10_second": Nature("ug/m3", "mean"), "pm2_5": PM}
    month = month_of({name: (each, flat(20.0)) for name, each in natures.items()})
    titles = [each for each in words(air.picture(month)) if each.endswith((", µg/m³", ", ppm"))]
    assert titles == ["PM2.5, µg/m³", "co2, ppm", "pm10 second, µg/m³"]
    assert not weather.quantities(month)


@pytest.mark.parametrize(
    ("sample", "pollutants"), [("air-quality-pole", {"PM2.5", "PM10"}), ("weather-noise-pole", set())]
)
def test_a_sample_has_the_months_that_its_quantities_promise(sample: str, pollutants: set[str]) -> None:
    text = (ROOT / f"config/samples/{sample}.toml").read_text(encoding="utf-8")
    quantities = tomllib.loads(text)["station"]["square"]["quantity"].values()
    assert {each["pollutant"] for each in quantities if "pollutant" in each} == pollutants
    assert all("1h" in each["windows"] for each in quantities if "pollutant" in each)


NO2 = Nature("ug/m3", "mean", "NO2")


def test_air_has_a_strip_of_the_index_where_it_needs_no_more() -> None:
    values = {"pm2_5": (PM, flat(20.0)), "no2": (NO2, lambda count, at: None if count < 24 else 5.0)}
    svg = air.picture(month_of(values, setting="traffic"))
    said = words(svg)
    assert "European Air Quality Index" in said
    assert "moderate 696 h" in said and "good 0 h" in said
    assert any(each.startswith("696 of 720 hours; hourly means, the worst pollutant rules (EEA 2024") for each in said)
    assert svg.count('height="26.0" fill="#f0e641"') == svg.count('height="26.0" fill="url(#gap)"') == 1


@pytest.mark.parametrize("setting", ["background", None])
def test_air_has_no_strip_where_an_index_needs_more(setting: str | None) -> None:
    values = {"pm2_5": (PM, flat(20.0)), "no2": (NO2, flat(5.0))}
    assert "European Air Quality Index" not in words(air.picture(month_of(values, setting=setting)))


def test_air_names_the_text_of_its_limits_and_the_day_of_reading() -> None:
    said = " ".join(words(air.picture(month_of({"pm2_5": (PM, flat(20.0))}))))
    assert "Red: Directive (EU) 2024/2881, Annex I, as read on 2026-11-30: http" in said
    assert "limit 25, day (from 2030)" in said
    assert "PM2.5 10 µg/m³ (from 2030); PM2.5 25 µg/m³ (until 2030)" in said
    assert "index ATMO is that of the approved associations" in said


@pytest.mark.parametrize(
    ("standing", "bold", "more"),
    [
        ("sensor", "Sensor data: no finding on a limit value", "Sensor data, not shown to be as good as the law asks"),
        (
            "indicative",
            "Indicative measurement: no finding on a limit value",
            "An indicative measurement of directive (EU) 2024/2881",
        ),
        ("reference", "Reference measurement", "By a reference method of directive (EU) 2024/2881"),
    ],
)
def test_the_standing_of_the_data_stands_above_all(standing: str, bold: str, more: str) -> None:
    said = words(air.picture(month_of({"pm2_5": (PM, flat(20.0))}, standing=standing)))
    assert bold in said
    assert any(each.startswith(more) for each in said)


@pytest.mark.parametrize("picture", [air.picture, noise.picture, weather.picture])
def test_the_data_of_a_sensor_bear_no_word_of_the_law_for_better_ones(picture: Callable[[StationMonth], str]) -> None:
    values = {"pm2_5": (PM, flat(30.0)), "laeq_db": (LEVEL, flat(70.0)), "rain": (Nature("mm", "gain"), flat(1.0))}
    said = " ".join(words(picture(month_of(values)))).lower()
    assert "sensor data: no finding on a limit value" in said
    assert not re.search("indicative|exceed(?!ed level)|allows", said)


def test_rain_of_a_day_lies_on_the_scale_and_is_told_as_a_sum() -> None:
    month = month_of({"rain": (Nature("mm", "gain"), flat(1.0))})
    svg = weather.picture(month)
    said = words(svg)
    assert any("sum of the known hours 720" in each for each in said)
    ends = [float(each) for each in re.findall(r'<text[^>]*text-anchor="end"[^>]*>([\d.]+)</text>', svg)]
    assert max(ends) >= 24
    assert any("the sums of the hours and of the day" in each for each in said)


def test_too_few_hours_make_no_sum() -> None:
    few: Value = lambda count, at: 1.0 if count < 100 else None  # noqa: E731
    said = words(weather.picture(month_of({"rain": (Nature("mm", "gain"), few)})))
    assert any("no sum: fewer than three quarters" in each for each in said)


def test_days_above_a_limit_are_counted_of_those_that_are_known() -> None:
    def value(count: int, at: datetime) -> float | None:
        return None if at.day == 9 else 25.1 if at.day in {3, 4} else 25.0

    month = {"pm2_5": (PM, value)}
    assert "2 of 29 known days above 25, by this sensor" in words(air.picture(month_of(month)))
    said = words(air.picture(month_of(month, standing="indicative")))
    assert "2 of 29 known days above 25; the directive allows 18 a year" in said


def test_a_limit_that_is_allowed_less_often_later_is_one_line() -> None:
    value: Value = lambda count, at: 210.0 if count == 5 else 40.0  # noqa: E731
    said = words(air.picture(month_of({"no2": (Nature("ug/m3", "mean", "NO2"), value)})))
    assert "limit 200, hour" in said and "limit 50, day (from 2030)" in said
    assert not [each for each in said if each.startswith("limit 200, hour (")]


def test_limits_in_another_unit_are_not_drawn() -> None:
    said = words(air.picture(month_of({"pm2_5": (Nature("mg/m3", "mean", "PM2.5"), flat(20.0))})))
    assert not [each for each in said if each.startswith("limit")]


def test_nothing_is_drawn_into_a_gap() -> None:
    month = month_of({"pm2_5": (PM, lambda count, at: None if 100 <= count < 150 else 10.0 + count % 3)})
    svg = air.picture(month)
    begin, end = (charts.LEFT + charts.STRIP * each / 720 for each in (100, 150))
    assert f'<rect x="{begin:.2f}" y="170.0" width="{end - begin:.2f}" height="104" fill="url(#gap)"/>' in svg
    lines = re.findall(rf'<path d="M([^"]*)" fill="none" stroke="{charts.LINE}" stroke-width="1.1"', svg)
    assert len(lines) == 2, "a line for each side of the gap"
    for each in lines:
        xs = [float(x) for x in re.findall(r"(?:^|[HL])([\d.]+)", each)]
        assert all(x <= begin + 0.1 or x >= end - 0.1 for x in xs)


def test_what_is_to_come_is_left_empty() -> None:
    until = datetime.fromisoformat("2026-11-10T00:00+01:00").timestamp()
    svg = air.picture(month_of({"pm2_5": (PM, lambda count, at: 1.0 if at.day < 10 else None)}, until_s=until))
    assert svg.count('fill="url(#gap)"') == 0
    assert "as it was on 10 November, 00:00" in svg


def test_a_name_cannot_break_the_picture() -> None:
    svg = air.picture(month_of({"pm2_5": (PM, flat(1.0))}, label='<script>"&'))
    assert words(svg)[0] == 'Air: <script>"&, November 2026'


def levels(of: StationMonth, name: str, found: dict[date, DayLevels]) -> StationMonth:
    quantity = of.quantities[name]
    changed = Quantity(quantity.nature, quantity.hours, found)
    return StationMonth(of.station, of.place, of.month, of.until_s, of.quantities | {name: changed})


def test_noise_tells_the_methods_apart_and_the_hours_of_the_country() -> None:
    natures = {
        "laeq_db": (LEVEL, flat(60.0)),
        "lafmax_db": (Nature("dB(A)", "max"), flat(80.0)),
        "lasmax_db": (Nature("dB(A)", "max"), flat(78.0)),
        "la90_db": (LEVEL, flat(45.0)),
        "lceq_db": (Nature("dB(C)", "energetic"), flat(70.0)),
    }
    said = words(noise.picture(month_of(natures)))
    assert [each for each in said if re.fullmatch(r"L\w+, dB\([AC]\)", each)] == [
        "LAeq, dB(A)", "LAFmax, dB(A)", "LASmax, dB(A)", "LA90, dB(A)", "LCeq, dB(C)",
    ]  # fmt: skip
    whole = " ".join(said)
    assert "day 6:00 to 18:00, evening to 22:00, night to 6:00" in whole
    assert "at most 5 dB(A) from 7:00 to 22:00, 3 dB(A) else" in whole and "no level here is an emergence" in whole
    abroad = " ".join(words(noise.picture(month_of(natures, law="none"))))
    assert "day 7:00 to 19:00, evening to 23:00, night to 7:00" in abroad and "R1336-7" not in abroad


def test_noise_shows_lden_of_the_days_and_their_mean() -> None:
    month = month_of({"laeq_db": (LEVEL, flat(60.0))})
    found = {day: DayLevels(0.0, 65.0, 64.0, 61.0, 56.0) for day in month.month.days if day.day > 3}
    said = words(noise.picture(levels(month, "laeq_db", found)))
    assert "27 of 30 days known  ·  mean of the days, Lden 65.0 dB  ·  of the nights, Lnight 56.0 dB" in said
    few = {day: each for day, each in found.items() if day.day > 9}
    said = words(noise.picture(levels(month, "laeq_db", few)))
    assert "21 of 30 days known  ·  no mean: fewer than three quarters of the days are known" in said


def test_weather_has_a_rose_only_where_the_speed_of_the_wind_is_known() -> None:
    direction = Nature("deg", "vector", None, "wind_speed")
    both = {"wind_speed": (Nature("m/s", "mean"), flat(3.0)), "wind": (direction, flat(270.0))}
    said = words(weather.picture(month_of(both)))
    assert "wind: from where the wind blew" in said and "wind speed, m/s" in said
    assert "calm (below 0.5 m/s): 0 % of the hours" in said and "hours with wind known: 720" in said
    said = words(weather.picture(month_of({"wind": (direction, flat(270.0))})))
    assert not [each for each in said if "blew" in each]


def test_a_rose_of_nothing_says_so() -> None:
    direction = Nature("deg", "vector", None, "wind_speed")
    hour = Hour(0, None, 10.0)
    both = {"wind_speed": (Nature("m/s", "mean"), lambda c, a: hour), "wind": (direction, lambda c, a: hour)}
    assert "no hour is known of which speed and direction" in words(weather.picture(month_of(both)))


def test_humidity_ends_at_a_hundred() -> None:
    said = words(weather.picture(month_of({"humidity": (Nature("%", "mean"), flat(99.9))})))
    assert "100" in said and "120" not in said


@pytest.mark.parametrize(
    ("values", "marks", "zero", "wanted"),
    [
        ([3.0, 61.0], [25.0, 50.0], True, (0.0, 80.0, 20.0)),
        ([3.0, 12.0], [200.0], True, (0.0, 15.0, 5.0)),
        ([-4.0, 16.0], [], False, (-5.0, 20.0, 5.0)),
        ([1013.0, 1013.0], [], False, (1013.0, 1014.0, 1.0)),
        ([], [], True, (0.0, 1.25, 0.25)),
        ([0.0], [], True, (0.0, 1.0, 1.0)),
    ],
)
def test_a_scale_is_of_round_steps_and_holds_what_is_near(
    values: list[float], marks: list[float], zero: bool, wanted: tuple[float, float, float]
) -> None:
    assert charts.scale(values, [Mark(each, "") for each in marks], zero) == pytest.approx(wanted)


@pytest.mark.parametrize(("highest", "step"), [(3.0, 2), (8.0, 2), (8.1, 5), (41.0, 20), (100.0, 25)])
def test_the_rings_of_a_rose(highest: float, step: int) -> None:
    assert ring_step(highest) == step


PLACES = re.compile(
    r'<text x="([\d.]+)" y="([\d.]+)" class="lh" text-anchor="end">([^<]+)</text>', re.ASCII
)  # fmt: skip


def test_no_words_of_a_limit_stand_on_those_of_another_one() -> None:
    svg = air.picture(month_of({"no2": (NO2, lambda count, at: 520.0 if count == 3 else 60.0)}))
    found = [(float(x), float(y), words) for x, y, words in PLACES.findall(svg)]
    assert {words for _x, _y, words in found} >= {"limit 200, hour", "information threshold 150, hour"}
    for one, other in itertools.combinations(found, 2):
        apart = abs(one[1] - other[1]) >= 11 or abs(one[0] - other[0]) >= 6 * min(len(one[2]), len(other[2]))
        assert apart, (one, other)


@pytest.mark.parametrize(("label", "size"), [("Market", 24.0), ("Place du Général-de-Gaulle, " * 4, 12.0)])
def test_a_title_stays_on_the_sheet(label: str, size: float) -> None:
    svg = air.picture(month_of({"pm2_5": (PM, flat(20.0))}, label=label))
    found = re.search(r'class="t" text-anchor="start" style="font-size:([\d.]+)px">([^<]+)<', svg)
    assert found is not None
    assert float(found[1]) == pytest.approx(size, abs=0.6)
    assert 0.62 * float(found[1]) * len(found[2]) < 1064
