"""What stations reckon, beside an independent reckoning; and what they cost. Prints one JSON.

    .venv/bin/python bench/sensing.py [--quick] [--only year,thresholds,counters,cost,daemon]

year: a year of minute values with gaps by every method, window by window against NumPy. thresholds: against a reckoning
that looks at all readings at once. counters: a meter whose daemon is killed 200 times. cost: the rule of a station, CPU
time and instructions of a reading, what its state takes in memory, and the bytes that it has written. daemon: what
forty quantities add to a whole daemon, beside one without them (sensing_daemon.py).
"""

import json
import math
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from minutes import MINUTE_S, Floats, minutes, reckoned
from numpy.typing import NDArray
from rows import asked_for
from sensing_daemon import measure as daemon
from standing import stands_on

from agent.aggregation import periods
from agent.aggregation.bucket import Method, Sample
from agent.aggregation.counter import CounterRule
from agent.aggregation.series import Result, Series, SeriesRule, add, close
from agent.aggregation.windows import Window
from agent.clock import Moment
from agent.trades.metering import energy
from agent.trades.metering.energy import EnergyConfig, EnergyCounter, EnergyState
from agent.trades.sensing import rule
from agent.trades.sensing.hours import StationDay
from agent.trades.sensing.options import StationOptions
from agent.trades.sensing.state import Station, StationState, persisted
from drivers.base import Quality, Reading
from drivers.options import decode

ZONE = "Europe/Paris"
BEGIN = datetime(2027, 1, 1, tzinfo=UTC)
BEGIN_S = BEGIN.timestamp()
DAY_S = 86_400.0
ENOUGH = 0.75
METHODS: dict[Method, tuple[float, float]] = {
    "mean": (-10, 40), "energetic": (30, 95), "vector": (0, 170), "max": (30, 95), "min": (-10, 40), "last": (0, 9),
    "l10": (30, 95), "l50": (30, 95), "l90": (30, 95),
}  # fmt: skip
WINDOWS: tuple[Window, ...] = ("1h", "day")
QUANTITIES = 40
FEW_AND_MORE = (10, 40)


def year(quick: bool) -> dict[str, Any]:
    """Windows that differ, of all, and the greatest difference, by method."""
    days = 30 if quick else 365
    return {method: _compared(method, days) for method in METHODS}


def _compared(method: Method, days: int) -> dict[str, Any]:
    at_s, values = minutes(BEGIN_S, 26, *METHODS[method], days * 1440)
    results = _run(SeriesRule(method, WINDOWS, MINUTE_S, ZONE), at_s, values, BEGIN_S + (days + 2) * DAY_S)
    found: dict[str, Any] = {"readings": len(at_s), "windows": 0, "differ": 0, "greatest_difference": 0.0}
    for window in WINDOWS:
        wanted = dict(_expected(method, window, at_s, values, days))
        told = {each.end_s: each for each in results if each.window == window}
        found["windows"] += len(wanted)
        found["differ"] += len(wanted.keys() ^ told.keys())
        for end_s in wanted.keys() & told.keys():
            difference = _difference(told[end_s], *wanted[end_s])
            found["differ"] += difference > 1e-9
            found["greatest_difference"] = max(found["greatest_difference"], difference)
    return found


def _difference(told: Result, value: float | None, share: float) -> float:
    if (value is None) != (told.value is None) or not math.isclose(told.coverage, share, abs_tol=1e-9):
        return math.inf
    return 0.0 if value is None or told.value is None else abs(told.value - value)


def _run(of: SeriesRule, at_s: Floats, values: Floats, until_s: float) -> list[Result]:
    series, found = Series(), list[Result]()
    for value, at in zip(values.tolist(), at_s.tolist(), strict=True):
        series, results = close(of, add(of, series, Sample(value, at), at), at)
        found += results
    return found + close(of, series, until_s)[1]


def _expected(
    method: Method, window: Window, at_s: Floats, values: Floats, days: int
) -> Iterator[tuple[float, tuple[float | None, float]]]:
    """Yields the end of each window that has a reading, with its value and the share of it that is known."""
    edges = _edges(window, days)
    ends = np.searchsorted(edges, at_s, side="left")
    for number in np.unique(ends):
        of_window = values[ends == number]
        share = len(of_window) * MINUTE_S / (edges[number] - edges[number - 1])
        yield float(edges[number]), (reckoned(method, of_window) if share >= ENOUGH else None, share)


def _edges(window: Window, days: int) -> Floats:
    """The borders of the windows: full hours, and local midnights."""
    if window == "1h":
        return BEGIN_S + 3600 * np.arange((days + 2) * 24)
    first = datetime(2026, 12, 31)
    midnights = [(first + timedelta(days=number)).replace(tzinfo=ZoneInfo(ZONE)) for number in range(days + 4)]
    return np.array([each.timestamp() for each in midnights])


LIMITS: list[dict[str, Any]] = [
    {"name": "plain", "above": 50},
    {"name": "wide", "above": 60, "ends": 40},
    {"name": "long", "above": 50, "ends": 45, "lasts": "15min"},
    {"name": "low", "below": 10, "ends": 15, "lasts": "5min"},
    {"name": "night", "above": 35, "hours": ["22:00", "07:00"]},
]
REPEAT_S = 3600.0


def thresholds(quick: bool) -> dict[str, Any]:
    """Begins and ends that are told, and those that differ from the reckoning, by threshold."""
    chance, count = np.random.default_rng(5), (10 if quick else 60) * 1440
    values = np.round(np.cumsum(chance.normal(0, 6, count)) % 90, 1)
    of = _station({"pm": {"reads": "pm", "threshold": LIMITS}})
    told = _alarms(of, values)
    found = {}
    for limit in LIMITS:
        wanted = list(_brute(limit, values))
        mine = [(at, active) for name, at, active in told if name == limit["name"]]
        found[limit["name"]] = {"told": len(mine), "differ": len(set(wanted) ^ set(mine))}
    return {"readings": count} | found


def _alarms(of: Station, values: Floats) -> list[tuple[str, int, bool]]:
    state, told = StationState(), list[tuple[str, int, bool]]()
    for number, value in enumerate(values.tolist()):
        step = rule.step(of, state, _moment(MINUTE_S * number), _reading("pm", value, MINUTE_S * number))
        state = step.state
        for each in step.events:
            data = msgspec.to_builtins(each.data)
            if each.type == "sensing.threshold":
                told.append((data["threshold"], number, data["active"]))
    return told


def _brute(limit: dict[str, Any], values: Floats) -> Iterator[tuple[int, bool]]:
    """Yields the number of the reading at which it begins or ends: the last `lasts` minutes all say so."""
    sign = 1 if "above" in limit else -1
    at = sign * limit.get("above", limit.get("below"))
    ends = sign * limit["ends"] if "ends" in limit else at
    lasts = int(limit.get("lasts", "0min").removesuffix("min"))
    hold = _held(limit, len(values))
    beyond, within = (sign * values > at) & hold, (sign * values <= ends) | ~hold
    active, last = False, {True: -math.inf, False: -math.inf}
    for number in range(lasts, len(values)):
        says = (within if active else beyond)[number - lasts : number + 1]
        if says.all() and (number - last[not active]) * MINUTE_S >= REPEAT_S:
            active = not active
            last[active] = number
            yield number, active


def _held(limit: dict[str, Any], count: int) -> NDArray[np.bool_]:
    """The readings at whose local time the threshold holds."""
    if "hours" not in limit:
        return np.ones(count, dtype=bool)
    begin, end = (int(text[:2]) for text in limit["hours"])
    hours = [datetime.fromtimestamp(BEGIN_S + MINUTE_S * n, ZoneInfo(ZONE)).hour for n in range(count)]
    return np.array([hour >= begin or hour < end for hour in hours])


def counters(quick: bool) -> dict[str, Any]:
    """A counter of energy that rolls over, read each minute, by a daemon that is killed 200 times."""
    chance, days, kills = random.Random(9), 10 if quick else 40, 50 if quick else 200
    count = days * 1440
    downs = [(at, at + chance.randint(1, 30)) for at in sorted(chance.sample(range(1440, count - 1440), kills))]
    down = {minute for begin, end in downs for minute in range(begin, end)}
    of = EnergyConfig(
        "feeder", {"kwh": EnergyCounter(CounterRule(0.01, 0.001, 1000.0), 1.0, 150.0)}, periods.Borders(ZONE)
    )
    return {"kills": kills, "minutes_down": len(down)} | _judged(*_counted(of, chance, count, down))


def _counted(
    of: EnergyConfig, chance: random.Random, count: int, down: set[int]
) -> tuple[list[dict[str, Any]], Floats]:
    """What was told, and what the meter had counted at each minute."""
    state, disk, told, true = EnergyState(), b"{}", list[dict[str, Any]](), 0.0
    truth, boot = np.zeros(count), 0
    for minute in range(count):
        true = round(true + chance.choice((0, 0.002, 0.004, 0.05)), 3)
        truth[minute] = true
        if minute in down:
            if minute - 1 not in down:
                state, boot = msgspec.json.decode(disk, type=EnergyState), boot + 1
            continue
        shown = round((400 + true) % 1000.0, 3)
        at_s = MINUTE_S * minute
        now = Moment(BEGIN_S + at_s, at_s, f"b{boot}", True)
        step = energy.step(of, state, now, Reading("feeder", "kwh", shown, at_s, Quality.GOOD))
        state, disk = step.state, msgspec.json.encode(energy.persisted(step.state))
        told += [msgspec.to_builtins(each.data) for each in step.events]
    return told, truth


def _judged(told: Sequence[dict[str, Any]], truth: Floats) -> dict[str, Any]:
    """The days that were told twice, or as more than was used; and what of the whole is in no day and in no gap."""
    days = [each for each in told if each["period"] == "day"]
    begins = [each["begin"] for each in days]
    more, less = 0, 0.0
    for each in days:
        first, last = (_minute(each[key]) for key in ("begin", "end"))
        used = truth[min(last, len(truth) - 1)] - truth[max(first, 0)]
        more += bool(each["energy_kwh"] > used + 0.002)
        less += max(0.0, used - each["energy_kwh"])
    gaps = sum(each["energy_kwh"] for each in told if each["period"] == "gap")
    return {
        "days": len(days),
        "told_twice": len(begins) - len(set(begins)),
        "days_with_more_than_was_used": more,
        "kwh_in_no_day": round(float(less), 3),
        "kwh_told_as_of_gaps": round(gaps, 3),
    }


def _minute(text: str) -> int:
    return round((datetime.fromisoformat(text).timestamp() - BEGIN_S) / MINUTE_S)


def cost(quick: bool) -> dict[str, Any]:
    """Forty quantities of one block, read each second and each minute."""
    return {
        "each_second": _cost(1.0, 600 if quick else 3600),
        "each_minute": _cost(60.0, 120 if quick else 720),
        "instructions_a_reading": None if quick else _instructions(),
    }


def _cost(period_s: float, reads: int) -> dict[str, Any]:
    of = _block(period_s)
    begun_s = time.process_time()
    _fed(of, period_s, reads)
    spent_s = time.process_time() - begun_s
    tracemalloc.start()
    state, written = _fed(of, period_s, reads)
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    readings = reads * QUANTITIES
    return {
        "readings": readings,
        "cpu_us_a_reading": round(1e6 * spent_s / readings, 1),
        "share_of_a_core_percent": round(100 * spent_s / (reads * period_s), 3),
        "state_mb": round(memory / 1e6, 3),
        "bytes_written_a_reading": round(written / readings, 1),
        "quantities": len(state.series),
    }


def _fed(of: Station, period_s: float, reads: int) -> tuple[StationState, int]:
    """The state after so many reads, and the bytes of the events and rows that were to be written."""
    state, kept, written, chance = StationState(), StationState(), 0, random.Random(3)
    for read in range(1, reads + 1):
        at_s = period_s * read
        for number in range(QUANTITIES):
            reading = _reading(f"q{number}", chance.uniform(0, 90), at_s)
            step = rule.step(of, state, _moment(at_s), reading)
            state, worth = step.state, persisted(step.state)
            if step.events or worth != kept:
                rows = [worth, *step.beside.values(), *(each.data for each in step.events)]
                written, kept = written + sum(len(msgspec.json.encode(each)) for each in rows), worth
    return state, written


def _instructions() -> int | None:
    """Returns those of a reading that is read each second: of a process that feeds more than another one, by callgrind.

    None: there is no valgrind.
    """
    if shutil.which("valgrind") is None:
        return None
    few, more = [_counted_by_callgrind(reads) for reads in FEW_AND_MORE]
    return round((more - few) / ((FEW_AND_MORE[1] - FEW_AND_MORE[0]) * QUANTITIES))


def _counted_by_callgrind(reads: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind.out"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", sys.executable, __file__, "--feed"]
        subprocess.run([*command, str(reads)], capture_output=True, check=True)
        total = re.search(r"^(?:totals|summary): (\d+)", out.read_text(), re.M)
    if total is None:
        raise RuntimeError("callgrind counted nothing")
    return int(total[1])


def _block(period_s: float) -> Station:
    """A station with the quantities of one block, which are read that often."""
    return _station({f"q{n}": {"reads": f"q{n}", "stands": f"{period_s:g}s"} for n in range(QUANTITIES)})


def _station(quantities: dict[str, dict[str, Any]]) -> Station:
    common = {"device": "box", "unit": "ug/m3", "method": "mean", "stands": "1min", "windows": ["10min", "1h"]}
    given = {"quantity": {name: common | each for name, each in quantities.items()}}
    options = msgspec.convert(given, StationOptions, dec_hook=decode)
    return Station("square", options, ZONE, place=StationDay("town", "pole", ZONE, "sensor"))


def _moment(at_s: float) -> Moment:
    return Moment(BEGIN_S + at_s, at_s, "b", True)


def _reading(quantity: str, value: float, at_s: float) -> Reading:
    return Reading("box", quantity, value, at_s, Quality.GOOD)


ROWS: dict[str, Callable[[bool], dict[str, Any]]] = {
    "year": year,
    "thresholds": thresholds,
    "counters": counters,
    "cost": cost,
    "daemon": daemon,
}


def main() -> None:
    if sys.argv[1:2] == ["--feed"]:
        _fed(_block(1.0), 1.0, int(sys.argv[2]))
        return
    only, quick = asked_for("What stations reckon and cost.", ROWS)
    print(json.dumps({name: ROWS[name](quick) for name in only} | {"stands_on": stands_on()}, indent=2))


if __name__ == "__main__":
    main()
