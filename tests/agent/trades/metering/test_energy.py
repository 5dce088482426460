"""The energy of a meter by hour, night, day and month: kills, silences, wrong readings, a meter that is replaced."""

from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest
from stored import Told, promised

from agent.clock import Moment
from agent.trades.metering import energy
from agent.trades.metering.energy import EnergyState, energy_config
from agent.trades.metering.supply import MeterOptions
from drivers import profile
from drivers.base import Quality, Reading
from drivers.options import Seconds

ZONE = ZoneInfo("Europe/Paris")
START = datetime(2027, 6, 15, 10, 0, tzinfo=ZONE).timestamp()
QUANTITY = "active_energy_kwh"


def meter_options(**more: object) -> MeterOptions:
    given = {"line": "rs485", "unit": 1, "profile": "eastron-sdm230", "greatest_power_kw": 36.0}
    return msgspec.convert(given | more, MeterOptions)


def local_day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(ZONE).date()


class Box:
    """A cabinet that takes 3 kW, read each 10 s."""

    def __init__(self, **more: object) -> None:
        config = energy_config("feeder", meter_options(**more), profile.load("eastron-sdm230"), "Europe/Paris")
        assert config is not None
        self.config, self.state = config, EnergyState()
        self.unix_s, self.boot, self.shown_kwh = START, "b1", 1000.0
        self.events: list[Told] = []
        self.disk = msgspec.json.encode(EnergyState())
        self.writes = 0

    def say(self, value: float, quality: Quality = Quality.GOOD, trusted: bool = True) -> None:
        """Feeds the rule as RuleRunner does."""
        now = Moment(self.unix_s, self.unix_s - START, self.boot, trusted)
        step = energy.step(self.config, self.state, now, Reading("feeder", QUANTITY, value, now.mono_s, quality))
        disk = msgspec.json.encode(energy.persisted(step.state))
        self.writes += disk != self.disk
        self.disk, self.state = disk, step.state
        self.events += map(promised, step.events)

    def live(self, seconds: float, kw: float = 3.0) -> None:
        for _ in range(round(seconds / 10)):
            self.away(10.0, kw)
            self.say(self.shown_kwh)

    def away(self, seconds: float, kw: float = 3.0) -> None:
        self.unix_s += seconds
        self.shown_kwh += kw * seconds / 3600

    def kill(self, seconds: float = 30.0) -> None:
        self.state = msgspec.json.decode(self.disk, type=EnergyState)
        self.boot += "+"
        self.away(seconds)

    def told(self, period: str) -> list[tuple[float | None, float]]:
        return [
            (each.data["energy_kwh"], each.data["coverage_percent"])
            for each in self.events
            if each.type == "meter.energy" and each.data["period"] == period and each.data["quantity"] == QUANTITY
        ]


def test_a_whole_day_is_told_by_hour_night_and_day() -> None:
    box = Box()
    box.say(box.shown_kwh)
    box.live(2 * 86400)
    assert box.told("hour")[1:] == [(pytest.approx(3.0, abs=0.001), 100.0)] * 47
    assert box.told("day") == [(pytest.approx(42.0, abs=0.01), 58.3), (pytest.approx(72.0, abs=0.01), 100.0)]
    assert box.told("night")[1] == (pytest.approx(72.0, abs=0.01), 100.0)
    assert box.told("gap") == []


def test_a_night_of_a_tariff_is_told_when_it_is_over() -> None:
    box = Box(night=["22:00", "06:00"])
    box.say(box.shown_kwh)
    box.live(86400)
    assert box.told("night") == [(pytest.approx(24.0, abs=0.01), 100.0)]
    assert [each.data["begin"] for each in box.events if each.data["period"] == "night"] == ["2027-06-15T20:00:00.000Z"]


def test_a_month_is_told_at_its_end() -> None:
    box = Box()
    box.unix_s = datetime(2027, 6, 30, 22, tzinfo=ZONE).timestamp()
    box.say(box.shown_kwh)
    box.live(3 * 3600)
    assert box.told("month") == [(pytest.approx(6.0, abs=0.01), 0.3)]


def test_the_energy_of_a_silence_is_told_as_of_the_silence_and_of_no_hour() -> None:
    box = Box()
    box.say(box.shown_kwh)
    box.live(1800)
    box.away(2 * 3600)
    box.say(box.shown_kwh)
    box.live(3600)
    hours, gaps = box.told("hour"), box.told("gap")
    assert hours == [(pytest.approx(1.5, abs=0.001), 50.0), (pytest.approx(1.5, abs=0.001), 50.0)]
    assert gaps == [(pytest.approx(6.0, abs=0.001), 100.0)]


def test_a_silence_within_an_hour_is_of_that_hour() -> None:
    box = Box()
    box.say(box.shown_kwh)
    box.live(600)
    box.away(1200)
    box.say(box.shown_kwh)
    box.live(1810)
    assert box.told("hour") == [(pytest.approx(3.0, abs=0.001), 100.0)]
    assert box.told("gap") == []


@pytest.mark.parametrize("seed", range(8))
def test_two_hundred_kills_lose_and_invent_nothing(seed: int) -> None:
    box, random = Box(), Random(seed)
    begin_kwh = box.shown_kwh
    box.say(begin_kwh)
    for _ in range(25):
        box.live(random.uniform(10, 3000))
        box.kill(random.uniform(5, 4000))
        box.say(box.shown_kwh)
    box.live(86400)
    open_days = sum(account.sums["day"].amount for account in box.state.accounts.values())
    told = sum(energy_kwh or 0.0 for energy_kwh, _ in box.told("day"))
    over_midnight = [
        each.data["energy_kwh"]
        for each in box.events
        if each.data["period"] == "gap" and local_day(each.data["begin"]) != local_day(each.data["end"])
    ]
    of_midnight = sum(each for each in over_midnight if each)
    assert told + open_days <= box.shown_kwh - begin_kwh + 0.01
    assert told + open_days + of_midnight >= box.shown_kwh - begin_kwh - 0.01


def test_a_wrong_reading_books_nothing_and_a_doubted_one_decides_nothing() -> None:
    box = Box()
    box.say(box.shown_kwh)
    box.live(1800)
    box.say(0.0)
    box.say(99999.0, Quality.SUSPECT)
    box.live(1810)
    assert box.told("hour") == [(pytest.approx(3.0, abs=0.001), 100.0)]


def test_a_meter_that_is_replaced_is_told_and_its_index_is_not_booked() -> None:
    box = Box()
    box.say(box.shown_kwh)
    box.live(1800)
    box.shown_kwh = 12.0
    box.live(1810)
    (hour,) = [each.data for each in box.events if each.data["period"] == "hour"]
    assert (hour["resets"], hour["estimated_kwh"]) == (1, 0.0)
    assert hour["energy_kwh"] == pytest.approx(3.0, abs=0.02)
    assert hour["coverage_percent"] == pytest.approx(99.4, abs=0.2)


def test_more_than_the_connection_carries_is_told_as_estimated() -> None:
    box = Box()
    box.say(box.shown_kwh)
    box.live(1800)
    box.shown_kwh += 500.0
    box.live(1810)
    (hour,) = [each.data for each in box.events if each.data["period"] == "hour"]
    assert hour["estimated_kwh"] == pytest.approx(500.0, abs=0.1)


def test_while_the_clock_is_not_set_nothing_is_dated() -> None:
    box = Box()
    box.say(box.shown_kwh, trusted=False)
    assert box.state == EnergyState()


def test_a_clock_that_is_set_back_invents_nothing() -> None:
    box = Box()
    box.say(box.shown_kwh)
    box.live(1800)
    before_kwh = box.state.accounts[QUANTITY].sums["day"].amount
    now = Moment(box.unix_s - 600, box.unix_s - START + 10, "b1", True)
    step = energy.step(box.config, box.state, now, Reading("feeder", QUANTITY, box.shown_kwh + 0.01, now.mono_s))
    assert step.state.accounts[QUANTITY].sums["day"].amount == pytest.approx(before_kwh + 0.01)


def test_the_disk_is_written_now_and_then() -> None:
    box = Box()
    box.say(box.shown_kwh)
    box.live(4 * 3600)
    assert box.writes <= 4 * 4 + 5 + 2


def test_a_profile_without_counters_has_no_energy() -> None:
    assert energy_config("air", meter_options(), profile.load("dfrobot-sen0310"), "Europe/Paris") is None


@pytest.mark.parametrize("name", ["eastron-sdm230", "eastron-sdm630", "schneider-iem3000"])
def test_the_meters_that_come_with_lamppost_declare_their_counters(name: str) -> None:
    config = energy_config("feeder", meter_options(period=Seconds(10.0)), profile.load(name), "Europe/Paris")
    assert config is not None
    assert "active_energy_kwh" in config.counters or "total_energy_kwh" in config.counters
