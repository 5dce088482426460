"""What a station tells: means with their coverage, calibration, thresholds, faults, late records, kills."""

from typing import Any

import msgspec
import pytest
from msgspec import structs
from spoken_station import SpokenStation as Pole
from spoken_station import station

from agent.trades.sensing.state import persisted, settled
from drivers.base import Quality

AIR = {"device": "air", "reads": "pm2_5_ug_m3", "unit": "ug/m3", "method": "mean", "stands": "1min", "late": "0s"}
LEVEL = {"device": "mic", "reads": "laeq_db", "unit": "dB(A)", "method": "energetic", "stands": "1min", "late": "0s"}


def hour(pole: Pole, values: list[float], quantity: str = "pm2_5_ug_m3", device: str = "air") -> None:
    for at, value in enumerate(values):
        pole.say(60.0 * (at + 1), quantity, value, device)
    pole.pass_time(3600.0)


def test_an_hour_is_told_with_its_coverage_unit_and_standing() -> None:
    pole = Pole(station(pm2_5=AIR | {"windows": ["1h"], "resolution": 0.1}))
    hour(pole, [10.0] * 24 + [20.04] * 24)
    assert pole.told("sensing.observation") == [
        {
            "quantity": "pm2_5",
            "method": "mean",
            "window": "1h",
            "begin": "2027-06-15T08:00:00.000Z",
            "end": "2027-06-15T09:00:00.000Z",
            "value": 15.0,
            "unit": "ug/m3",
            "unit_code": "GQ",
            "coverage_percent": 80.0,
            "minimum": 10.0,
            "maximum": 20.0,
            "standing": "sensor",
            "late": 0,
        }
    ]


def test_an_hour_of_which_too_little_is_known_has_no_value() -> None:
    pole = Pole(station(laeq_db=LEVEL | {"windows": ["1h"]}))
    hour(pole, [60.0] * 44, "laeq_db", "mic")
    (told,) = pole.observations
    assert (told["value"], told["coverage_percent"], told["maximum"]) == (None, 73.3, 60.0)
    assert "unit_code" not in told


def test_the_raw_value_stands_beside_the_corrected_one_with_the_formula() -> None:
    early = {"date": "2027-06-01", "gain": 2.0, "who": "town", "report": "R1"}
    later = {"date": "2027-07-01", "gain": 9.0, "who": "town", "report": "R2"}
    points = early | {"gain": 1.0, "points": [[10, 7], [20, 17]], "date": "2027-06-10"}
    pole = Pole(station(pm2_5=AIR | {"windows": ["1h"], "calibration": [early, later, points]}))
    hour(pole, [30.0] * 60)
    (told,) = pole.observations
    assert (told["value"], told["raw_value"]) == (27.0, 30.0)
    assert told["correction"] == "1 * raw - 3; 2027-06-10, town, R1"


def test_ppb_become_micrograms_at_the_temperature_and_pressure_that_are_stated() -> None:
    gas = {"reads": "no2_ppb", "unit": "[ppb]", "gas": "NO2", "celsius": 20, "hpa": 1013, "windows": ["1h"]}
    pole = Pole(station(no2=AIR | gas))
    hour(pole, [100.0] * 60, "no2_ppb")
    (told,) = pole.observations
    assert told["value"] == pytest.approx(191.2, abs=0.1)
    assert told["unit"] == "ug/m3"


def test_what_was_done_to_a_value_is_said_in_its_order() -> None:
    gas = {"reads": "no2_ppb", "unit": "[ppb]", "gas": "NO2", "celsius": 20, "hpa": 1013, "windows": ["1h"]}
    one = {"date": "2027-06-01", "gain": 0.9, "offset": 10, "who": "town", "report": "R1"}
    pole = Pole(station(no2=AIR | gas | {"calibration": [one]}))
    hour(pole, [100.0] * 60, "no2_ppb")
    (told,) = pole.observations
    assert told["correction"] == (
        "0.9 * raw + 10 [ppb]; 2027-06-01, town, R1 -> * 1.912 ug/m3/[ppb] (NO2, 20 Cel, 1013 hPa)"
    )
    assert (told["value"], told["raw_value"]) == (pytest.approx(191.2, abs=0.1), pytest.approx(191.2, abs=0.1))


def test_ppm_become_milligrams() -> None:
    gas = {"reads": "co", "unit": "[ppm]", "gas": "CO", "celsius": 20, "hpa": 1013, "windows": ["1h"]}
    pole = Pole(station(co=AIR | gas))
    hour(pole, [2.0] * 60, "co")
    (told,) = pole.observations
    assert (told["value"], told["unit"], told["unit_code"]) == (pytest.approx(2.328, abs=1e-3), "mg/m3", "GP")
    assert told["correction"] == "* 1.164 mg/m3/[ppm] (CO, 20 Cel, 1013 hPa)"
    assert "raw_value" not in told


def test_a_window_in_which_a_calibration_begins_says_both() -> None:
    early = {"date": "2027-06-01", "gain": 2.0, "who": "town", "report": "R1"}
    later = {"date": "2027-06-16", "gain": 3.0, "who": "town", "report": "R2"}
    pole = Pole(station(pm2_5=AIR | {"windows": ["24h"], "stands": "1h", "calibration": [early, later]}))
    for at in range(1, 45):
        pole.say(3600.0 * at, "pm2_5_ug_m3", 10.0)
    told = next(pole.observations)
    assert told["correction"] == "2 * raw + 0; 2027-06-01, town, R1 | 3 * raw + 0; 2027-06-16, town, R2"


DRY = {"humidity": "rh_percent", "humidity_device": "weather", "doubtful_above": 75, "kappa": 0.4}


def test_particles_are_corrected_for_their_growth_before_they_are_calibrated() -> None:
    """50 at 85 % of humidity and 0.4 are 21.1 (Crilley 2018)."""
    one = {"date": "2027-06-01", "gain": 0.5, "offset": 1, "who": "town", "report": "R1"}
    pole = Pole(station(pm2_5=AIR | DRY | {"windows": ["1h"], "calibration": [one]}))
    for at in range(1, 61):
        pole.say(60.0 * at - 1, "rh_percent", 85.0, "weather")
        pole.say(60.0 * at, "pm2_5_ug_m3", 50.0)
    (told,) = pole.observations
    assert told["value"] == pytest.approx(0.5 * 21.07 + 1, abs=0.01)
    assert (told["raw_value"], told["doubtful_percent"]) == (50.0, 100.0)
    assert told["correction"] == (
        "dry = raw / (1 + 0.4 / 1.65 / (100 / RH - 1)), kappa-Koehler -> 0.5 * dry + 1; 2027-06-01, town, R1"
    )


@pytest.mark.parametrize("humidity", [None, 100.0, 101.0, -1.0])
def test_particles_in_a_humidity_that_nobody_knows_have_no_corrected_value(humidity: float | None) -> None:
    pole = Pole(station(pm2_5=AIR | DRY | {"windows": ["1h"]}))
    for at in range(1, 61):
        if humidity is not None:
            pole.say(60.0 * at - 1, "rh_percent", humidity, "weather")
        pole.say(60.0 * at, "pm2_5_ug_m3", 50.0)
    assert not list(pole.observations)


def test_humidity_of_another_sensor_that_is_asked_each_ten_minutes_counts() -> None:
    keys = DRY | {"kappa": None, "windows": ["1h"]}
    pole = Pole(station(pm2_5=AIR | keys))
    for at in range(1, 61):
        if at % 10 == 1:
            pole.say(60.0 * at - 1, "rh_percent", 90.0, "weather")
        pole.say(60.0 * at, "pm2_5_ug_m3", 50.0)
    (told,) = pole.observations
    assert (told["value"], told["doubtful_percent"]) == (50.0, 100.0)


def test_a_direction_counts_by_the_speed_of_another_device() -> None:
    wind = {"reads": "from", "unit": "deg", "method": "vector", "speed": "m_s", "speed_device": "cups"}
    pole = Pole(station(wind_from=AIR | wind | {"windows": ["10min"]}))
    for at in range(1, 11):
        pole.say(60.0 * at - 1, "m_s", 9.0 if at % 2 else 0.1, "cups")
        pole.say(60.0 * at, "from", 90.0 if at % 2 else 180.0)
    (told,) = pole.observations
    assert (told["value"], told["weighed_by"], told["calm_percent"]) == (90.0, "m_s", 50.0)


def test_a_sensor_says_that_it_finds_no_exceedance() -> None:
    limit = {"name": "day", "above": 40, "source": "directive (EU) 2024/2881"}
    details = []
    for standing in ("sensor", "reference"):
        pole = Pole(station(standing, pm2_5=AIR | {"threshold": [limit]}))
        pole.say(60.0, "pm2_5_ug_m3", 50.0)
        details += [each["detail"] for each in pole.told("sensing.threshold")]
    plain = "pm2_5 is 50 µg/m³, above 40"
    assert details == [plain + " (by a sensor: no finding on a limit value)", plain]


def test_levels_are_summed_as_energies_and_lden_has_its_three_levels() -> None:
    pole = Pole(station(laeq_db=LEVEL | {"windows": ["10min", "lden"], "stands": "5min", "resolution": 0.1}))
    pole.say(300, "laeq_db", 50.0, "mic")
    pole.say(600, "laeq_db", 80.0, "mic")
    assert next(pole.observations)["value"] == 77.0
    for at in range(3, 300):
        pole.say(300.0 * at, "laeq_db", 60.0, "mic")
    told = [each for each in pole.observations if each["window"] == "lden"]
    assert len(told) == 1
    assert told[0]["coverage_percent"] < 100
    assert (told[0]["evening_db"], told[0]["night_db"]) == (60.0, 60.0)


def test_humidity_makes_a_value_doubtful_and_changes_it_not() -> None:
    pole = Pole(station(pm2_5=AIR | {"windows": ["1h"], "humidity": "rh_percent", "doubtful_above": 75}))
    for at in range(1, 61):
        pole.say(60.0 * at - 1, "rh_percent", 90 if at <= 15 else 40)
        pole.say(60.0 * at, "pm2_5_ug_m3", 30.0)
    (told,) = pole.observations
    assert (told["value"], told["doubtful_percent"]) == (30.0, 25.0)


def test_a_threshold_begins_and_ends_with_hysteresis_and_names_its_source() -> None:
    limit = {"name": "day", "above": 40, "ends": 30, "source": "our own", "lasts": "2min"}
    pole = Pole(station(pm2_5=AIR | {"threshold": [limit]}))
    for at, value in enumerate([50, 10, 50, 50, 50, 35, 35, 29, 29, 29], 1):
        pole.say(60.0 * at, "pm2_5_ug_m3", value)
    begun, ended = pole.told("sensing.threshold")
    assert (begun["active"], begun["value"], begun["limit"], begun["source"]) == (True, 50, 40, "our own")
    assert (ended["active"], ended["value"], begun["standing"]) == (False, 29, "sensor")


def test_a_threshold_of_the_night_does_not_hold_by_day() -> None:
    night = {"name": "night", "above": 55, "hours": ["22:00", "07:00"]}
    pole = Pole(station(laeq_db=LEVEL | {"threshold": [night]}))
    pole.say(60, "laeq_db", 70.0, "mic")
    assert not pole.told("sensing.threshold")
    pole.say(12 * 3600.0, "laeq_db", 70.0, "mic")  # 22:00 in Paris
    pole.say(21 * 3600.0, "laeq_db", 70.0, "mic")  # 07:00
    assert [each["active"] for each in pole.told("sensing.threshold")] == [True, False]


HOUR_S, DAY_S = 3600.0, 86400.0


@pytest.mark.parametrize(
    ("calendar", "at_s", "holds"),
    [
        ({"days": ["tue"]}, HOUR_S, True),
        ({"days": ["wed", "thu"]}, HOUR_S, False),
        ({"days": ["tue"], "hours": ["22:00", "06:00"]}, 18 * HOUR_S, True),
        ({"days": ["wed"], "hours": ["22:00", "06:00"]}, 18 * HOUR_S, False),
        ({"days": ["wed"], "hours": ["22:00", "06:00"]}, 37 * HOUR_S, True),
        ({"days": ["mon"], "hours": ["22:00", "12:00"]}, HOUR_S, True),
        ({"days": ["wed"]}, 29 * DAY_S, False),
        ({"days": ["holiday"]}, 29 * DAY_S, True),
        ({"from": "06-15", "to": "08-31"}, HOUR_S, True),
        ({"from": "09-01", "to": "05-31"}, HOUR_S, False),
        ({"from": "2027-06-16"}, HOUR_S, False),
        ({"from": "2027-06-16"}, DAY_S, True),
        ({"days": ["wed"], "from": "2027-06-16", "to": "2027-06-20"}, DAY_S, True),
        ({"days": ["thu"], "from": "2027-06-16", "to": "2027-06-20"}, DAY_S, False),
    ],
)
def test_a_threshold_holds_on_its_days(calendar: dict[str, Any], at_s: float, holds: bool) -> None:
    """It begins on Tuesday, 15 June 2027, at 10:00 in Paris; 14 July is a Wednesday and a holiday."""
    of = station(laeq_db=LEVEL | {"threshold": [{"name": "t", "above": 55} | calendar]})
    pole = Pole(structs.replace(of, options=structs.replace(of.options, holidays="fr")))
    pole.say(at_s, "laeq_db", 70.0, "mic")
    assert [each["active"] for each in pole.told("sensing.threshold")] == ([True] if holds else [])


def test_a_threshold_of_some_days_holds_on_none_without_a_clock() -> None:
    pole = Pole(station(laeq_db=LEVEL | {"threshold": [{"name": "t", "above": 55, "days": ["tue"]}]}))
    pole.say(60, "laeq_db", 70.0, "mic", trusted=False)
    assert not pole.told("sensing.threshold")


def test_a_threshold_of_an_hour_looks_at_the_hour() -> None:
    pole = Pole(station(pm2_5=AIR | {"windows": ["1h"], "threshold": [{"name": "h", "above": 20, "over": "1h"}]}))
    hour(pole, [100.0] * 5 + [5.0] * 55)
    assert not pole.told("sensing.threshold")
    for at in range(61, 121):
        pole.say(60.0 * at, "pm2_5_ug_m3", 21.0)
    (begun,) = pole.told("sensing.threshold")
    assert (begun["window"], begun["value"]) == ("1h", 21.0)


def test_what_cannot_be_measured_is_a_fault_and_no_value() -> None:
    pole = Pole(station(pm2_5=AIR | {"windows": ["1h"], "valid": [0, 1000], "saturated": 999, "invalid": [-1]}))
    for at, value in enumerate([5.0, -1.0, 5000.0, 999.0, 5.0], 1):
        pole.say(60.0 * at, "pm2_5_ug_m3", value)
    assert [(each["kind"], each["active"]) for each in pole.told("sensor.fault")] == [
        ("out_of_range", True),
        ("out_of_range", False),
        ("saturated", True),
        ("saturated", False),
    ]
    assert {subject for kind, subject, _data in pole.events if kind == "sensor.fault"} == {"air"}
    pole.pass_time(3600.0)
    (told,) = pole.observations
    assert (told["minimum"], told["maximum"]) == (5.0, 5.0)


def test_a_value_that_jumps_or_stands_still_is_a_fault() -> None:
    pole = Pole(station(pm2_5=AIR | {"fastest": 1.0, "stuck": "5min"}))
    for at, value in enumerate([5.0, 100.0, 101.0, *[7.0] * 7, 8.0], 1):
        pole.say(60.0 * at, "pm2_5_ug_m3", value)
    faults = [(each["kind"], each["active"]) for each in pole.told("sensor.fault")]
    assert [each for each in faults if each[0] == "jump"] == [("jump", True), ("jump", False)]
    assert [each for each in faults if each[0] == "stuck"] == [("stuck", True), ("stuck", False)]


def test_a_jump_is_no_part_of_a_mean_and_what_comes_after_it_is() -> None:
    pole = Pole(station(pm2_5=AIR | {"windows": ["1h"], "fastest": 0.5, "threshold": [{"name": "a", "above": 400}]}))
    hour(pole, [10.0] * 30 + [500.0] + [12.0] + [10.0] * 28)
    (told,) = pole.observations
    assert (told["value"], told["maximum"], told["coverage_percent"]) == (10.0, 10.0, 96.7)
    assert not pole.told("sensing.threshold")


def test_a_mark_of_no_value_is_nothing_that_the_next_value_jumps_from() -> None:
    limits = {"fastest": 1.0, "invalid": [65535], "valid": [0, 1000]}
    pole = Pole(station(pm2_5=AIR | {"windows": ["1h"]} | limits))
    hour(pole, [10.0] * 30 + [65535.0] + [10.0, 5000.0] + [10.0] * 27)
    assert [each["kind"] for each in pole.told("sensor.fault")] == ["out_of_range", "out_of_range"]
    assert next(pole.observations)["coverage_percent"] == 96.7


def test_the_same_value_before_and_after_a_silence_has_not_stood_still() -> None:
    pole = Pole(station(pm2_5=AIR | {"stuck": "1h"}))
    pole.say(60, "pm2_5_ug_m3", 10.0)
    pole.say(7200, "pm2_5_ug_m3", 10.0)
    assert not pole.told("sensor.fault")


def test_a_wind_from_about_the_north_does_not_jump_and_has_no_extremes() -> None:
    wind = {"reads": "from", "unit": "deg", "method": "vector", "windows": ["10min"], "fastest": 1}
    north = {"date": "2027-06-01", "offset": 20, "who": "town", "report": "R1"}
    pole = Pole(station(wind_from=AIR | wind | {"calibration": [north], "threshold": [{"name": "a", "above": 300}]}))
    for at in range(1, 11):
        pole.say(60.0 * at, "from", 350.0 if at % 2 else 330.0)
    (told,) = pole.observations
    assert (told["value"], told["minimum"], told["maximum"]) == (360.0, None, None)
    assert not pole.told("sensor.fault")
    assert [each["value"] for each in pole.told("sensing.threshold")] == [350.0, 10.0]


def test_a_device_that_came_back_warms_up_first() -> None:
    pole = Pole(station(pm2_5=AIR | {"windows": ["10min"], "warm_up": "2min"}))
    pole.say(0, "reachable", False)
    for at in range(1, 11):
        pole.say(60.0 * at, "pm2_5_ug_m3", 99.0 if at <= 2 else 5.0)
    assert next(pole.observations)["maximum"] == 5.0


def test_doubted_readings_and_a_clock_that_is_not_set_count_for_nothing() -> None:
    pole = Pole(station(pm2_5=AIR | {"windows": ["10min"]}))
    pole.say(60, "pm2_5_ug_m3", 99.0, quality=Quality.SUSPECT)
    pole.say(120, "pm2_5_ug_m3", 99.0, trusted=False)
    pole.say(180, "pm2_5_ug_m3", True)
    pole.say(240, "pm2_5_ug_m3", 5.0)
    pole.pass_time(600)
    (told,) = pole.observations
    assert (told["maximum"], told["coverage_percent"]) == (5.0, 10.0)


def test_a_late_record_fills_its_own_window_and_raises_no_alarm() -> None:
    late = AIR | {"windows": ["10min"], "late": "10min", "threshold": [{"name": "t", "above": 50}]}
    pole = Pole(station(pm2_5=late))
    for at in (*range(1, 6), *range(11, 13)):
        pole.say(60.0 * at, "pm2_5_ug_m3", 5.0)
    for at in range(6, 11):
        pole.say(60.0 * at, "pm2_5_ug_m3", 95.0)
    pole.pass_time(1200)
    (told,) = pole.observations
    assert (told["value"], told["coverage_percent"], told["late"]) == (50.0, 100.0, 0)
    assert not pole.told("sensing.threshold")
    assert pole.state.last["air pm2_5_ug_m3"].value == 5.0


def test_a_record_of_before_the_first_reading_belongs_to_its_own_time() -> None:
    """A sensor that is heard again after a restart tells of now first, and then of what it has kept."""
    pole = Pole(station(pm2_5=AIR | {"windows": ["1h"], "stands": "10min", "late": "2h", "warm_up": "5min"}))
    pole.say(4200.0, "pm2_5_ug_m3", 99.0)
    for at in range(1, 7):
        pole.say(600.0 * at, "pm2_5_ug_m3", 30.0)
    pole.pass_time(12000.0)
    assert [(each["value"], each["coverage_percent"]) for each in pole.observations] == [(30.0, 100.0)]


def test_no_value_is_minus_zero() -> None:
    pole = Pole(station(pm2_5=AIR | {"windows": ["1h"], "resolution": 0.1}))
    hour(pole, [-0.01] * 60)
    assert str(next(pole.observations)["value"]) == "0.0"


def test_wind_is_averaged_by_vector_beside_its_gust() -> None:
    common = {"device": "wind", "late": "0s", "windows": ["10min"], "stands": "1s"}
    speed = common | {"reads": "speed_m_s", "unit": "m/s"}
    towards = common | {"reads": "from_deg", "unit": "deg", "method": "vector", "speed": "speed_m_s"}
    pole = Pole(station(wind_m_s=speed | {"method": "mean"}, gust_m_s=speed | {"method": "gust"}, from_deg=towards))
    for at in range(1, 601):
        pole.say(float(at), "speed_m_s", 12.0 if 300 <= at < 303 else 4.0 if at % 2 else 0.2, "wind")
        pole.say(float(at), "from_deg", 350.0 if at % 4 < 2 else 10.0, "wind")
    told = {each["quantity"]: each for each in pole.observations}
    assert told["gust_m_s"]["value"] == 12.0
    assert 0.0 < told["from_deg"]["calm_percent"] < 51
    assert told["from_deg"]["value"] == pytest.approx(360, abs=1)


@pytest.mark.parametrize("every", [7, 13])
def test_kills_lose_no_more_than_their_own_interval_and_invent_nothing(every: int) -> None:
    pole = Pole(station(pm2_5=AIR | {"windows": ["1h"], "coverage": 10}))
    for at in range(1, 24 * 60 + 1):
        pole.say(60.0 * at, "pm2_5_ug_m3", 10.0 if at % 60 else 20.0)
        if at % (7 * every) == 0:
            pole.kill()
    for told in pole.observations:
        assert told["coverage_percent"] >= 100 - 100 * 16 / 60
        assert told["value"] <= 10.0 + 10.0 / 44
    assert len(pole.told("sensing.observation")) == 24


def test_an_orderly_end_loses_nothing() -> None:
    pole = Pole(station(pm2_5=AIR | {"windows": ["1h"]}))
    for at in range(1, 31):
        pole.say(60.0 * at, "pm2_5_ug_m3", 10.0)
    pole.disk = msgspec.json.encode(persisted(settled(pole.state)))
    pole.kill()
    for at in range(31, 61):
        pole.say(60.0 * at, "pm2_5_ug_m3", 20.0)
    (told,) = pole.observations
    assert (told["value"], told["coverage_percent"]) == (15.0, 100.0)


def test_a_method_that_was_changed_takes_over_no_sums_of_the_other() -> None:
    pole = Pole(station(laeq_db=LEVEL | {"windows": ["1h"]}))
    pole.say(60, "laeq_db", 90.0, "mic")
    pole.station = station(laeq_db=LEVEL | {"windows": ["1h"], "method": "max"})
    hour(pole, [60.0] * 60, "laeq_db", "mic")
    (told,) = pole.observations
    assert (told["method"], told["value"]) == ("max", 60.0)


def test_it_asks_to_be_woken_when_a_window_is_over() -> None:
    pole = Pole(station(pm2_5=AIR | {"windows": ["10min"], "late": "30s"}))
    pole.say(60, "pm2_5_ug_m3", 1.0)
    assert pole.wake_at_s == 630
    pole.pass_time(630)
    assert pole.wake_at_s is None
    assert len(pole.told("sensing.observation")) == 1


def test_what_must_last_begins_anew_where_a_value_comes_back_below_the_limit() -> None:
    """A limit of 50 that ends at 40, for ten minutes: 45 is not beyond it, nor is it over there."""
    limit = {"name": "high", "above": 50, "ends": 40, "lasts": "10min"}
    pole = Pole(station(pm2_5=AIR | {"threshold": [limit]}))
    for minute, value in enumerate([60, 45, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60], 1):
        pole.say(60.0 * minute, "pm2_5_ug_m3", float(value))
    assert pole.told("sensing.threshold") == [], "nine minutes since the dip"
    pole.say(60.0 * 13, "pm2_5_ug_m3", 60.0)
    assert [each["active"] for each in pole.told("sensing.threshold")] == [True]
    for minute, value in enumerate([30, 45, *[30] * 10], 61):
        pole.say(60.0 * minute, "pm2_5_ug_m3", float(value))
    assert [each["active"] for each in pole.told("sensing.threshold")] == [True], "nor is it over"
    pole.say(60.0 * 73, "pm2_5_ug_m3", 30.0)
    assert [each["active"] for each in pole.told("sensing.threshold")] == [True, False]


def test_windows_that_were_open_before_a_restart_wait_for_no_window_of_another_quantity() -> None:
    quantities = {name: AIR | {"reads": name, "windows": ["10min"]} for name in ("a", "b")}
    pole = Pole(station(**quantities))
    for minute in range(1, 10):
        pole.say(60.0 * minute, "a", 1.0)
    pole.state = settled(pole.state)
    pole.disk = msgspec.json.encode(persisted(pole.state))
    pole.kill()
    pole.say(620.0, "b", 1.0)
    assert [each["quantity"] for each in pole.observations] == ["a"]
