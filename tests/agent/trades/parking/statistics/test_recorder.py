"""The days of bays: through midnights, restarts, clocks that are wrong, and disks that refuse."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bay_events import freed
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.events.registry import event
from agent.store import StoreError
from agent.trades.parking.statistics import GroupIdentity
from agent.trades.parking.statistics.aggregates import spans, totals
from agent.trades.parking.statistics.day_log import Change, DayLog
from agent.trades.parking.statistics.day_report import CHECKPOINT, day_of
from agent.trades.parking.statistics.days import local_day

Pole = Any
MakePole = Callable[..., Pole]
TIMEZONE = "Europe/Paris"
TODAY, TOMORROW = "2026-11-25", "2026-11-26"


def unix(text: str) -> float:
    """Returns the unix seconds of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(TIMEZONE)).timestamp()


def run(work: Awaitable[Any]) -> Any:
    async def main() -> Any:
        return await work

    return asyncio.run(main())


def kinds(log: DayLog) -> list[str]:
    return [change.kind for change in log.changes]


def hours(log: DayLog, *, until_h: float = 24.0) -> list[tuple[str, float, float]]:
    return [(each.state, each.begin_s / 3600, each.end_s / 3600) for each in spans(log, int(until_h * 3600))]


async def parked(pole: Pole, bay: str = "b1") -> None:
    """Free at eight, a vehicle from nine on."""
    await pole.publisher.advance()
    await pole.is_known("free", bay)
    await pole.work_until(f"{TODAY} 09:00")
    await pole.comes(bay)


def test_a_day_is_written_with_the_events_that_make_it(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        commits = it.commits
        it.until(f"{TODAY} 10:30")
        await it.leaves(ago_s=1800, stood_s=3600)
        assert it.commits == commits + 1, "one transaction, so that neither is lost without the other"
        assert it.events[-1].type == "bay.freed"
        log = it.log(TODAY)
        assert hours(log, until_h=12) == [("unknown", 0, 8), ("free", 8, 9), ("occupied", 9, 10), ("free", 10, 12)]
        assert log.changes[-1] == Change(36_000, "left", 3600)

    run(main())


def test_a_stay_over_midnight_counts_once_in_the_day_in_which_it_ends(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        await it.work_until("2026-12-02 09:00")
        await it.leaves(stood_s=7 * 86_400.0)
        assert hours(it.log(TODAY))[-1] == ("occupied", 9, 24)
        for day in ("2026-11-26", "2026-11-29", "2026-12-01"):
            assert hours(it.log(day)) == [("occupied", 0, 24)]
            assert totals(it.log(day), 0, 86_400).stays_s == ()
        last = totals(it.log("2026-12-02"), 0, 86_400)
        assert (last.arrivals, last.departures, last.stays_s) == (0, 1, (7 * 86_400,))

    run(main())


def test_an_arrival_is_dated_back_over_midnight(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await it.publisher.advance()
        await it.is_known("free")
        await it.work_until(f"{TOMORROW} 00:00")
        it.pass_time(5)
        await it.publisher.advance()
        await it.comes(ago_s=8)
        assert hours(it.log(TODAY))[-1] == ("occupied", 23 + (3600 - 3) / 3600, 24)
        assert it.log(TOMORROW) == DayLog("occupied")

    run(main())


@pytest.mark.parametrize(("day", "length_h"), [("2026-10-25", 25), ("2026-03-29", 23)])
def test_the_days_on_which_clocks_are_changed(pole: MakePole, day: str, length_h: int) -> None:
    async def main() -> None:
        it = pole(f"{day} 00:00")
        await it.is_known("free")
        await it.comes()
        await it.work_until(f"{day} 23:00")
        await it.work_until(
            (local_day(date.fromisoformat(day), TIMEZONE).local(length_h * 3600 + 300)).isoformat()[:16]
        )
        assert totals(it.log(day), 0, length_h * 3600).occupied_s == length_h * 3600
        (told,) = [each for each in it.told() if each.data["day"]["whole"] and each.data["group"] == "market"]
        assert len(told.data["hours"]) == length_h
        assert {each["occupied_percent"] for each in told.data["hours"]} == {100.0}
        assert len({each["from"] for each in told.data["hours"]}) == length_h, "the hour that comes twice is told apart"

    run(main())


def test_a_group_is_told_with_what_the_town_knows_it_by(pole: MakePole) -> None:
    async def main() -> None:
        it = pole(identities={"market": GroupIdentity("u1", "PS-12"), "square": GroupIdentity("u2")})
        await it.is_known("free")
        await it.is_known("free", bay="b3")
        await it.work_until("2026-11-25 10:00")
        told = {each.data["group"]: each.data for each in it.told()}
        assert (told["market"]["uuid"], told["market"]["reference"]) == ("u1", "PS-12")
        assert told[None].keys() == told["market"].keys() - {"uuid", "reference"}, "bays without a group are none"

    run(main())


def test_what_was_not_seen_is_unknown(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        await it.work_until(f"{TODAY} 10:00")
        await it.restart(4 * 3600)
        assert it.answers.status()[0]["unknown"] == 2
        it.until(f"{TODAY} 14:30")
        await it.is_heard("occupied")
        assert hours(it.log(TODAY), until_h=16)[-3:] == [
            ("occupied", 9, 10),
            ("unknown", 10, 14.5),
            ("occupied", 14.5, 16),
        ]
        assert kinds(it.log(TODAY)).count("arrived") == 1, "a restart is no arrival"

    run(main())


def test_days_that_the_pole_was_off_are_not_invented(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        await it.restart(3 * 86_400)
        await it.is_heard("occupied")
        assert hours(it.log(TODAY))[-1] == ("unknown", 9, 24)
        assert hours(it.log("2026-11-27")) == [("unknown", 0, 24)]
        assert hours(it.log("2026-11-28"))[0] == ("unknown", 0, 9)
        assert all(each.data["day"]["date"] == TODAY for each in it.told()), "nothing is told of what nobody saw"

    run(main())


@pytest.mark.parametrize("reboot", [True, False])
def test_a_kill_loses_no_event_and_ten_minutes_of_knowledge_at_most(pole: MakePole, reboot: bool) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        await it.work_until(f"{TODAY} 11:07")
        it.pass_time(120)
        await it.restart(60, reboot=reboot)
        await it.is_heard("occupied")
        unknown = totals(it.log(TODAY), 9 * 3600, 12 * 3600).unknown_s
        assert 60 <= unknown <= 600 + 60 + 120
        assert kinds(it.log(TODAY)) == ["free", "arrived", "unknown", "occupied"]

    run(main())


def test_what_is_learnt_before_the_clock_is_set_is_dated_once_it_is(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        it.trusted, it.unix_s = False, 0.0
        await it.publisher.advance()
        await it.is_known("free")
        it.pass_time(600)
        await it.comes()
        assert it.answers.status()[0] == {
            "group": "market", "bays": 2, "free": 0, "occupied": 1, "unknown": 1, "today": None,
        }  # fmt: skip
        assert not [key for key in it.stored if key.startswith("day/")]
        it.pass_time(600)
        it.trusted, it.unix_s = True, unix(f"{TODAY} 10:00")
        await it.publisher.advance()
        found = hours(it.log(TODAY), until_h=10)
        assert [state for state, _, _ in found] == ["unknown", "free", "occupied"]
        assert found[-1][1] == pytest.approx(10 - 600 / 3600, abs=1 / 3600)
        assert totals(it.log(TODAY), 0, 36_000).arrivals == 1

    run(main())


def test_a_clock_that_was_set_forward_leaves_a_gap(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        it.unix_s += 3 * 3600
        it.pass_time(60)
        await it.publisher.advance()
        assert hours(it.log(TODAY), until_h=13)[-2][:2] == ("unknown", 9)
        assert hours(it.log(TODAY), until_h=13)[-1][0] == "occupied", "what this run knows, it knows after the step too"

    run(main())


def test_a_clock_that_was_set_back_leaves_nothing_in_the_future(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        it.until(f"{TODAY} 10:00")
        await it.leaves(stood_s=3600)
        it.unix_s -= 1800
        it.pass_time(60)
        await it.comes()
        log = it.log(TODAY)
        assert kinds(log) == ["free", "arrived", "left", "arrived"]
        assert max(change.at_s for change in log.changes) <= it.unix_s - unix(f"{TODAY} 00:00")
        assert log.end == "occupied"

    run(main())


def test_a_clock_that_was_days_ahead_leaves_no_day_that_has_not_begun(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        before = it.log(TODAY).changes
        it.unix_s += 30 * 86_400
        for _ in range(4):
            it.pass_time(86_400)
            await it.publisher.advance()
        await it.leaves(stood_s=4 * 86_400.0)
        it.unix_s -= 34 * 86_400
        it.pass_time(60)
        await it.publisher.advance()
        assert {str(day_of(key)) for key in it.stored if key.startswith("day/")} == {TODAY}
        changes = it.log(TODAY).changes
        assert changes[:2] == before, "what was written before the clock went wrong stays"
        assert changes[-1] == Change(9 * 3600 + 60, "free"), "and what is known now is noted"

    run(main())


def test_a_disk_that_refuses_changes_nothing(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        it.pass_time(600)
        it.refuses = True
        for attempt in (it.leaves(stood_s=600), it.publisher.advance()):
            with pytest.raises(StoreError):
                await attempt
        it.refuses = False
        await it.leaves(ago_s=0, stood_s=600)
        assert kinds(it.log(TODAY)) == ["free", "arrived", "left"]
        assert it.answers.status()[0]["free"] == 1

    run(main())


def test_a_start_on_a_disk_that_refuses_and_with_a_key_that_is_damaged(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        it.stored["day/2026-11-\ufffd\ufffd/b1"] = it.stored["day/nothing"] = b"{}"
        it.refuses = True
        with pytest.raises(StoreError):
            await it.restart(60)  # looks; open itself writes nothing
        it.refuses = False
        await it.publisher.advance()
        await it.is_heard("occupied")
        assert it.log(TODAY).end == "occupied"

    run(main())


def test_a_clock_that_is_not_set_costs_no_write(pole: MakePole) -> None:
    async def main() -> None:
        it = pole(trusted=False)
        await it.publisher.advance()
        commits = it.commits
        for _ in range(10):
            it.pass_time(await it.publisher.advance())
        assert it.commits == commits

    run(main())


def test_the_city_is_told_each_hour_and_of_the_whole_day_after_midnight(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        await it.is_known("free", "b3")
        await it.work_until(f"{TODAY} 09:30")
        await it.leaves(stood_s=1800)
        await it.work_until(f"{TOMORROW} 00:05")
        market = [each for each in it.told() if each.subject == "market"]
        assert [each.at.unix_s - unix(f"{TODAY} 00:00") for each in market] == [3600.0 * hour for hour in range(9, 25)]
        nine = next(each.data for each in market if each.data["period"]["to"].startswith(f"{TODAY}T10:00"))
        assert nine["period"]["from"] == f"{TODAY}T09:00:00+01:00"
        assert {name: nine[name] for name in ("group", "bays", "free", "occupied", "unknown")} == {
            "group": "market", "bays": 2, "free": 1, "occupied": 0, "unknown": 1,
        }  # fmt: skip
        assert (nine["period"]["occupied_percent"], nine["period"]["arrivals"], nine["period"]["p90_stay_s"]) == (
            50.0, 1, 1800,
        )  # fmt: skip
        assert nine["period"]["unknown_percent"] == 50.0
        assert nine["day"]["whole"] is False
        whole = market[-1].data
        assert (whole["day"]["date"], whole["day"]["whole"], len(whole["hours"])) == (TODAY, True, 24)
        assert whole["hours"][9] == {
            "from": f"{TODAY}T09:00:00+01:00", "occupied_percent": 50.0, "unknown_percent": 50.0,
            "arrivals": 1, "departures": 1,
        }  # fmt: skip
        assert market[-1].at.unix_s == unix(f"{TOMORROW} 00:00")
        alone = [each for each in it.told() if each.data["group"] is None]
        assert {each.subject for each in alone} == {"pole-1"}
        assert len(alone) == 15, "the hour before it was ever heard is not told"

    run(main())


def test_a_period_is_told_once_and_an_hour_that_was_missed_later(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        await it.work_until(f"{TODAY} 10:00")
        before = len(it.told())
        await it.restart(120)
        assert len(it.told()) == before + 1, "the hour ended while the daemon was away for a moment"
        await it.restart(10)
        await it.publisher.advance()
        assert len(it.told()) == before + 1

    run(main())


def test_none_are_told_where_none_are_wanted(pole: MakePole) -> None:
    async def main() -> None:
        it = pole(period_s=0)
        await parked(it)
        await it.work_until(f"{TOMORROW} 01:00")
        assert it.told() == []
        assert it.log(TODAY).end == "occupied"

    run(main())


def test_days_are_forgotten_when_they_are_old(pole: MakePole) -> None:
    async def main() -> None:
        it = pole(keep_days=3)
        await parked(it)
        await it.work_until("2026-12-01 12:00")
        assert sorted({str(day_of(key)) for key in it.stored if key.startswith("day/")}) == [
            "2026-11-28", "2026-11-29", "2026-11-30", "2026-12-01",
        ]  # fmt: skip

    run(main())


def test_days_take_no_more_room_than_they_may(pole: MakePole, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        it = pole(max_bytes=250)
        await parked(it)
        await it.work_until("2026-12-05 12:00")
        sizes = await it.keys("day/")
        assert sum(sizes.values()) <= 250
        assert max(day_of(key) for key in sizes) == date(2026, 12, 5)

    run(main())
    assert "raise max_mb under [store]" in caplog.text


def test_the_disk_is_written_every_ten_minutes_and_not_more(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        commits = it.commits
        await it.work_until(f"{TOMORROW} 09:00")
        assert it.commits - commits <= 24 * 6 + 24 * 2 + 5

    run(main())


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-02-30", '"2026-02-30" is no day'),
        ("26-11-25", "write year, month and day"),
        ("2026-11-27", "has not begun: at the pole it is 2026-11-25"),
        ("2026-11-01", "nothing is kept of 2026-11-01: kept are days from 2026-11-25 to 2026-11-25"),
        ("yesterday", "nothing is kept of 2026-11-24"),
    ],
)
def test_a_day_that_is_not_there(pole: MakePole, day: str, words: str) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        with pytest.raises(ValueError, match=words):
            await it.answers.day_report(day)

    run(main())


def test_a_sheet_is_what_is_stored(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        with pytest.raises(ValueError, match="no day of a bay is kept yet"):
            await it.answers.day_report("today")
        await parked(it)
        await it.work_until("2026-11-28 09:00")
        report = await it.answers.day_report(TODAY)
        assert report.logs == {"b1": it.log(TODAY)}
        assert report.until_s == 86_400
        assert (await it.answers.day_report("today")).until_s == 9 * 3600 + 1, "the second that has begun is in it"
        it.trusted = False
        with pytest.raises(ValueError, match="the clock of the pole is not set"):
            await it.answers.day_report("today")

    run(main())


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(0, 40_000)),
        st.tuples(st.just("change"), st.integers(0, 600)),
        st.tuples(st.just("silence"), st.integers(0, 1)),
        st.tuples(st.just("overstay"), st.integers(0, 1)),
        st.tuples(st.just("restart"), st.integers(0, 200_000)),
        st.tuples(st.just("daemon"), st.integers(0, 1000)),
        st.tuples(st.just("step"), st.integers(-200_000, 200_000)),
        st.tuples(st.just("trust"), st.integers(0, 1)),
        st.tuples(st.just("refuse"), st.integers(0, 1)),
    ),
    max_size=30,
)
EVEN = ACTIONS.map(lambda found: [each for each in found if each[0] not in {"step", "trust"}])


async def play(it: Pole, actions: list[tuple[str, int]]) -> list[tuple[float, str]]:
    """Carries them out as a bay's rule would tell them; the truth: what happened when."""
    truth: list[tuple[float, str]] = []
    occupied, silent, last_s = False, False, it.mono_s
    await it.publisher.advance()
    await it.is_known("free")
    for action, number in actions:
        if action == "pass":
            it.pass_time(number)
            await it.publisher.advance()
        elif action == "change":
            ago_s = min(number, it.mono_s - last_s)
            occupied, silent = not occupied, False
            await (it.comes(ago_s=ago_s) if occupied else it.leaves(ago_s=ago_s, stood_s=60.0))
            truth.append((it.unix_s - ago_s, "arrived" if occupied else "left"))
            last_s = it.mono_s
        elif action == "silence":
            silent = not silent
            await (it.falls_silent() if silent else it.is_known("occupied" if occupied else "free"))
        elif action == "overstay" and occupied and not silent:
            await it.overstays()
            last_s = it.mono_s
        elif action in {"restart", "daemon"}:
            await it.restart(number, reboot=action == "restart")
            last_s = it.mono_s
            if not silent:
                await it.is_heard("occupied" if occupied else "free")
        elif action == "step":
            it.unix_s = max(unix("2026-11-02 00:00"), it.unix_s + number)
        elif action == "trust":
            it.trusted = bool(number)
        elif action == "refuse":
            it.refuses = True
            with pytest.raises(StoreError):
                await it.comes()
            it.refuses = False
    it.trusted = True
    await it.publisher.advance()
    return truth


def logs_of(it: Pole) -> dict[date, DayLog]:
    days = sorted({day_of(key) for key in it.stored if key.startswith("day/")})
    return {day: it.log(str(day)) for day in days}


@settings(max_examples=150, deadline=None)
@given(actions=ACTIONS)
def test_whatever_happens_a_day_is_whole_and_nothing_lies_in_the_future(
    pole: MakePole, actions: list[tuple[str, int]]
) -> None:
    it = pole()
    run(play(it, actions))
    for day, log in logs_of(it).items():
        length_s = local_day(day, TIMEZONE).length_s
        of_day = totals(log, 0, length_s)
        assert of_day.free_s + of_day.occupied_s + of_day.unknown_s == length_s
        assert min(of_day.free_s, of_day.occupied_s, of_day.unknown_s) >= 0
        at = [change.at_s for change in log.changes]
        assert at == sorted(at)
        assert all(0 <= each <= length_s for each in at)
        assert all(local_day(day, TIMEZONE).begin_unix_s + each <= it.unix_s for each in at)


@settings(max_examples=150, deadline=None)
@given(actions=EVEN)
def test_with_an_even_clock_every_arrival_and_departure_is_there_at_its_time(
    pole: MakePole, actions: list[tuple[str, int]]
) -> None:
    it = pole()
    truth = run(play(it, actions))
    found = [
        (float(local_day(day, TIMEZONE).begin_unix_s + change.at_s), change.kind)
        for day, log in logs_of(it).items()
        for change in log.changes
        if change.kind in {"arrived", "left"}
    ]
    oldest = local_day(min(logs_of(it)), TIMEZONE).begin_unix_s
    assert found == [(float(int(at_s)), kind) for at_s, kind in truth if at_s >= oldest]
    standing = 0
    for _, kind in found:
        standing += 1 if kind == "arrived" else -1
        assert standing in {-1, 0, 1}
    for (day, log), (after, following) in itertools.pairwise(logs_of(it).items()):
        if (after - day).days == 1 and following.begin != "unknown":
            assert following.begin == log.end, "a day begins as the one before it ended"


@settings(max_examples=60, deadline=None)
@given(actions=EVEN, data=st.data())
def test_a_kill_between_any_two_commits_loses_nothing(
    pole: MakePole, actions: list[tuple[str, int]], data: st.DataObject
) -> None:
    """What is in the store after each commit is all that a restart needs: it goes on from there to the same figures."""
    it = pole()
    run(play(it, actions))
    before = dict(logs_of(it))
    run(it.restart(data.draw(st.integers(0, 5)), reboot=data.draw(st.booleans())))
    for day, log in logs_of(it).items():
        kept = [change for change in log.changes if change.happened]
        assert kept == [change for change in before.get(day, DayLog()).changes if change.happened]
    assert CHECKPOINT in it.stored


def test_a_bay_that_nobody_sees_is_unknown_from_then_on_until_it_is_heard(pole: MakePole) -> None:
    async def main() -> None:
        it = pole("2026-11-25 08:00")
        await it.publisher.advance()
        await it.comes()
        await it.work_until("2026-11-25 09:00")
        await it.keeper.lost("b1", it.moment_at(it.mono_s - 600.0))
        commits = it.commits
        await it.keeper.lost("b1", it.now())
        assert it.commits == commits, "it is lost already"
        assert not it.keeper.is_known("b1")
        assert it.answers.status()[0]["occupied"] == 0
        await it.work_until("2026-11-25 09:30")
        await it.is_heard("occupied")
        changes = [(change.at_s, change.kind) for change in it.log("2026-11-25").changes]
        assert changes == [(8 * 3600, "arrived"), (8 * 3600 + 3000, "unknown"), (9 * 3600 + 1800, "occupied")]

    run(main())


def test_a_change_that_the_log_cannot_make_costs_the_bay_no_event(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        before = it.log(TODAY)
        wrong: Any = "an hour"  # by a defect of whoever made it
        await it.leaves(stood_s=wrong)
        assert it.events[-1].type == "bay.freed"
        assert it.figures.set_aside and it.log(TODAY) == before

    run(main())


def test_figures_with_a_defect_are_left_out_of_the_commit_and_begin_anew_with_what_is_unknown(pole: MakePole) -> None:
    async def main() -> None:
        it = pole("2026-11-25 08:00")
        await it.publisher.advance()
        await it.comes()
        it.pass_time(600.0)
        it.broken = True
        it.until("2026-11-26 08:00")
        left = event(freed(1.0), "b1", it.now())
        await it.keeper.commit_bay([left], {})
        assert it.events[-1] == left and it.figures.set_aside
        it.broken = False
        await it.keeper.open()
        await it.publisher.advance()
        assert it.answers.status()[0]["unknown"] == 2
        assert it.log("2026-11-26").end == "unknown"

    run(main())


def test_days_that_are_erased_go_from_memory_and_store_and_today_goes_on(pole: MakePole) -> None:
    async def main() -> None:
        it = pole()
        await parked(it)
        await it.work_until("2026-11-27 10:00")
        erased = await it.keeper.forget(lambda day, bay: day.isoformat() < "2026-11-27" and bay == "b1")
        assert erased == 2
        assert it.keeper.kept_days[-1] == date(2026, 11, 27)
        assert not [key for key in it.stored if key.startswith("day/2026-11-25/b1")]
        assert kinds(it.log("2026-11-27")) == []
        assert hours(it.log("2026-11-27"))[0][0] == "occupied"
        assert await it.keeper.forget(lambda day, bay: bay == "b1") == 1
        assert hours(it.log("2026-11-27"), until_h=12) == [("unknown", 0, 10), ("occupied", 10, 12)]
        it.until("2026-11-27 11:00")
        await it.leaves(stood_s=7200.0)
        assert hours(it.log("2026-11-27"), until_h=12) == [("unknown", 0, 10), ("occupied", 10, 11), ("free", 11, 12)]
        it.refuses = True
        before = dict(it.stored)
        with pytest.raises(StoreError):
            await it.keeper.forget(lambda day, bay: True)
        assert it.stored == before
        assert kinds(it.log("2026-11-27"))

    run(main())
