"""Which of the last readings of a device count: fresh ones that nothing has put in doubt."""

from agent.last_readings import LastReadings
from drivers.base import Emit, Quality, Reading


class Asked:
    name = "lamp-1"

    async def run(self, emit: Emit) -> None: ...

    def fresh_s(self, quantity: str) -> float:
        return 10.0


def reading(quantity: str, value: float, at_s: float, doubt: str = "") -> Reading:
    return Reading("lamp-1", quantity, value, at_s, Quality.SUSPECT if doubt else Quality.GOOD, doubt)


def test_a_doubted_value_takes_the_one_before_it_away_until_a_good_one_comes() -> None:
    readings = LastReadings(Asked())
    assert (readings.is_heard, readings.doubt) == (False, "")
    readings.take(reading("level_percent", 40.0, 0.0))
    readings.take(reading("active_power_w", 24.0, 0.0))
    readings.take(reading("level_percent", 80.0, 1.0, "units 1 and 2 are answered by one device"))
    assert readings.doubt == "units 1 and 2 are answered by one device"
    assert readings.fresh(1.0, down=False) == {"active_power_w"}
    assert {name: each.value for name, each in readings.old(1.0, down=False).items()} == {"level_percent": 40.0}
    readings.take(reading("level_percent", 41.0, 2.0))
    assert readings.doubt == ""
    assert readings.fresh(2.0, down=False) == {"level_percent", "active_power_w"}
    assert readings.fresh(2.0, down=True) == frozenset()


def test_what_was_never_told_without_a_doubt_has_no_last_value() -> None:
    readings = LastReadings(Asked())
    readings.take(reading("level_percent", 80.0, 1.0, "doubted"))
    assert readings.is_heard
    assert readings.fresh(1.0, down=False) == frozenset()
    assert readings.old(1.0, down=False) == {}


def test_a_late_record_takes_the_place_of_none_that_is_newer() -> None:
    readings = LastReadings(Asked())
    readings.take(reading("temperature_c", 21.0, 10.0))
    readings.take(reading("temperature_c", 5.0, 4.0))
    readings.take(reading("temperature_c", 99.0, 5.0, "doubted"))
    assert readings.fresh(10.0, down=False) == {"temperature_c"}
    assert {name: each.value for name, each in readings.old(30.0, down=False).items()} == {"temperature_c": 21.0}
