"""The hours that are kept for reports: written with what is told of them, and for as long as reports ask."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, structs
from spoken_station import START, station

from agent.clock import Moment
from agent.store import Store
from agent.trades.sensing import hours, rule
from agent.trades.sensing.hours import Hour, Nature, StationDay
from agent.trades.sensing.kept_hours import KeptHours, loaded
from agent.trades.sensing.state import Station, StationState, persisted
from drivers.base import Quality, Reading
from tests.agent.trades.sensing.test_rule import AIR, LEVEL

PLACE = StationDay("town", "pole-1", "Europe/Paris", "sensor")
DAY = date(2027, 6, 15)


def placed(**quantities: dict[str, Any]) -> Station:
    return structs.replace(station(**quantities), place=PLACE)


def walk(of: Station, values: list[float | None], state: StationState | None = None, begin_s: float = 0.0) -> Any:
    """A reading a minute; the rows that were written, and the state."""
    state, rows = state or StationState(), dict[str, StationDay]()
    for number, value in enumerate(values, 1):
        at_s = begin_s + 60.0 * number
        now = Moment(START + at_s, at_s, "b1", True)
        reads = next(iter(of.options.quantity.values()))
        reading = None if value is None else Reading(reads.device, reads.reads, value, at_s, Quality.GOOD)
        step = rule.step(of, state, now, reading)
        assert not step.beside or step.events, "what is kept goes with what is told"
        state, rows = step.state, rows | dict(step.beside)
    return rows, state


def test_an_hour_is_kept_with_what_is_told_of_it() -> None:
    of = placed(pm2_5=AIR | {"windows": ["1h"], "pollutant": "PM2.5"})
    rows, state = walk(of, [10.0] * 30 + [20.0] * 30 + [None])
    (one,) = rows.values()
    assert list(rows) == [f"hours/{DAY}/square"] == [hours.key_of(DAY, "square")]
    assert one.quantities["pm2_5"].nature == Nature("ug/m3", "mean", "PM2.5")
    assert one.quantities["pm2_5"].hours == (Hour(8, 15.0, 100.0, 10.0, 20.0),)
    assert persisted(state).days == {}, "they are rows of their own"


def test_an_hour_with_too_little_is_kept_without_a_value() -> None:
    rows, _state = walk(placed(pm2_5=AIR | {"windows": ["1h"]}), [10.0] * 40 + [None] * 21)
    (hour,) = rows[hours.key_of(DAY, "square")].quantities["pm2_5"].hours
    assert hour.value is None and hour.coverage_percent == 66.7


def test_what_is_told_of_other_windows_is_not_kept() -> None:
    rows, _state = walk(placed(pm2_5=AIR | {"windows": ["10min"]}), [10.0] * 61)
    assert rows == {}


def test_lden_lies_with_the_day_on_which_it_began() -> None:
    rows, _state = walk(placed(laeq_db=LEVEL | {"windows": ["1h", "lden"]}), [60.0] * (60 * 47))
    levels = {key: each.quantities["laeq_db"].levels for key, each in rows.items()}
    first = levels[hours.key_of(DAY, "square")]
    assert first is not None and first.begin_s == datetime(2027, 6, 15, 5, tzinfo=UTC).timestamp()
    assert (first.day, first.evening, first.night) == (60.0, 60.0, 60.0) and round(first.lden or 0, 1) == 66.4
    assert levels[hours.key_of(DAY + timedelta(days=2), "square")] is None, "it is not over"


def test_a_repeated_hour_takes_the_place_of_the_one_before() -> None:
    """A late start of the same hour, after a restart, is the same hour."""
    from agent.aggregation.series import Result

    begin_s = datetime(2027, 6, 15, 8, tzinfo=UTC).timestamp()
    days = hours.with_result({}, PLACE, "p", Nature("ug/m3", "mean"), Result("1h", begin_s, begin_s + 3600, 1.0, 0.8))
    days = hours.with_result(days, PLACE, "p", Nature("ug/m3", "mean"), Result("1h", begin_s, begin_s + 3600, 2.0, 0.9))
    assert [each.value for each in days[DAY].quantities["p"].hours] == [2.0]


def test_hours_of_another_unit_are_not_mixed() -> None:
    from agent.aggregation.series import Result

    begin_s = datetime(2027, 6, 15, 8, tzinfo=UTC).timestamp()
    days = hours.with_result({}, PLACE, "p", Nature("ug/m3", "mean"), Result("1h", begin_s, begin_s + 3600, 1.0, 1.0))
    later = Result("1h", begin_s + 3600, begin_s + 7200, 0.002, 1.0)
    days = hours.with_result(days, PLACE, "p", Nature("mg/m3", "mean"), later)
    assert [each.number for each in days[DAY].quantities["p"].hours] == [9]


def test_what_is_kept_goes_by_age_and_by_room_the_oldest_first() -> None:
    now_s = datetime(2027, 6, 15, 8, tzinfo=UTC).timestamp()
    sizes = {hours.key_of(DAY - timedelta(days=number), "square"): 1000 for number in range(70)}
    gone = list(hours.evicted(sizes, now_s, 62, 10**9))
    assert sorted(gone) == sorted(hours.key_of(DAY - timedelta(days=number), "square") for number in range(63, 70))
    crowded = list(hours.evicted(sizes, now_s, 62, 5_500))
    assert len(crowded) == 65 and hours.key_of(DAY, "square") not in crowded
    assert list(hours.evicted({"hours/rotten/square": 1}, now_s, 62, 10**9)) == ["hours/rotten/square"]


class Context:
    """Stands for BuildContext, as far as the hours need it."""

    class config:
        class store:
            max_mb = 1

        @staticmethod
        def of(kind: type) -> Any:
            return kind()

    def __init__(self, store: Store, now_s: float) -> None:
        self.store, self.commit, self._now_s = store, store.commit, now_s

    @property
    def clock(self) -> Any:
        return self

    def now(self) -> Moment:
        return Moment(self._now_s, 0.0, "b1", True)

    async def state(self, key: str, kind: type[Any]) -> Any:
        return await self.store.load(key, kind) or kind()


def test_a_kill_loses_no_hour_and_a_new_day_forgets_the_oldest(tmp_path: Path) -> None:
    of = placed(pm2_5=AIR | {"windows": ["1h"]})
    rows, state = walk(of, [10.0] * 121)
    old = {hours.key_of(DAY - timedelta(days=number), "square"): PLACE for number in (400, 401, 402)}

    async def life() -> StationState:
        async with Store(tmp_path / "l.db", max_bytes=1 << 24, boot="b1") as store:
            context: Any = Context(store, START + 7200)
            await store.commit((), old)
            kept = KeptHours(context)
            states: dict[str, Struct | None] = {"station/square": persisted(state), **rows}
            await kept.commit((), states)
            assert set(await store.keys("hours/")) == {*rows, hours.key_of(DAY - timedelta(days=400), "square")}
            return await loaded(context, "square")

    after = asyncio.run(life())
    assert [each.number for each in after.days[DAY].quantities["pm2_5"].hours] == [8, 9]
    again, _state = walk(of, [10.0] * 61, after, 7200.0)
    assert [each.number for each in again[hours.key_of(DAY, "square")].quantities["pm2_5"].hours] == [8, 9, 10]


def test_days_whose_windows_are_open_come_back_after_a_long_time_without_power(tmp_path: Path) -> None:
    of = placed(pm2_5=AIR | {"windows": ["1h"], "late": "1d"})
    rows, state = walk(of, [10.0] * 90)
    assert rows == {}
    stored = hours.key_of(DAY, "square")
    known = hours.QuantityDay(Nature("ug/m3", "mean"), (Hour(3, 7.0, 100.0),))
    before = structs.replace(PLACE, quantities={"pm2_5": known})
    later = hours.key_of(DAY + timedelta(days=30), "square")

    async def life() -> StationState:
        async with Store(tmp_path / "l.db", max_bytes=1 << 24, boot="b1") as store:
            kept = structs.replace(state, kept=state.series)
            await store.commit((), {"station/square": persisted(kept), stored: before, later: PLACE})
            context: Any = Context(store, START)
            return await loaded(context, "square")

    after = asyncio.run(life())
    assert set(after.days) == {DAY, DAY + timedelta(days=30)}
    now = Moment(START + 40 * 86_400, 40 * 86_400.0, "b2", True)
    step = rule.step(of, after, now, None)
    assert [each.number for each in step.beside[stored].quantities["pm2_5"].hours] == [3, 8, 9]  # type: ignore[attr-defined]
    assert msgspec.json.decode(msgspec.json.encode(step.beside[stored]), type=StationDay) == step.beside[stored]
