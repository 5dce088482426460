"""How long a year of 64 lamps takes to resolve.

Prints JSON. Usage: python bench/lighting.py [LAMPS]
"""

import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta

from standing import stands_on

from agent.clock import Moment
from agent.trades.lighting.options import (
    Adjustment,
    CalendarOptions,
    CalendarRule,
    DimStep,
    LampOptions,
    Presence,
    ProgramOptions,
)
from agent.trades.lighting.plan.lamp_plan import LampPlan, plan_of
from agent.trades.lighting.plan.preview import walk
from agent.trades.lighting.plan.resolve import resolve
from agent.trades.lighting.plan.sun import Place
from drivers.options import Seconds

BEGIN = datetime(2027, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
PLACE = Place(45.764, 4.8357, "Europe/Paris")
VEHICLES_A_DAY = 40


def programs(number: int, ramp_s: float) -> dict[str, ProgramOptions]:
    """Four programs, which differ for every lamp in their levels, so that no lamp profits from another."""
    level = 40.0 + number / 10
    steps = (DimStep(at="22:00", level_percent=level), DimStep(at="05:00", level_percent=70.0))
    presence = Presence(by=("bay-1",), level_percent=100.0, hold_s=Seconds(180), begin="21:00")
    adjust = Adjustment(operation="Mul", level_percent=60.0, begin="00:00", end="04:30")
    return {
        "plain": ProgramOptions(steps=steps, stagger_s=Seconds(10)),
        "soft": ProgramOptions(on="sunset+10min", off="sunrise-10min", steps=steps, ramp_s=Seconds(ramp_s)),
        "path": ProgramOptions(on="dusk", off="dawn", level_percent=level, adjust=(adjust,), presence=(presence,)),
        "feast": ProgramOptions(on="17:00", off="01:00", level_percent=level),
    }


def plan(number: int, ramp_s: float) -> LampPlan:
    rules = (
        CalendarRule(program="feast", begin="12-24", end="01-01"),
        CalendarRule(program="soft", days=("fri", "sat", "holiday")),
    )
    town = CalendarOptions(program="plain", rules=rules, holidays="fr")
    follows = ("plain", "soft", "path", None)[number % 4]
    lamp = LampOptions(
        line="rs485",
        unit=1,
        profile="wb-mdm3",
        program=follows,
        calendar=None if follows else "town",
        floor_percent=10.0,
        lumen_depreciation_curve=((0.0, 80.0), (20_000.0, 100.0)),
    )
    return plan_of(f"lamp-{number}", lamp, PLACE, programs(number, ramp_s), {"town": town})


def vehicles(number: int) -> list[tuple[datetime, str]]:
    chance = random.Random(number)
    return sorted((BEGIN + YEAR * chance.random(), "bay-1") for _ in range(VEHICLES_A_DAY * 365))


def resolved(lamps: int, ramp_s: float) -> dict[str, float]:
    """Every level of the year, those on a ramp included: with one of 5 minutes a change is a hundred levels."""
    begun_s = time.perf_counter()
    levels = 0
    for number in range(lamps):
        levels += len(walk(plan(number, ramp_s), BEGIN, BEGIN + YEAR, vehicles(number) if number % 4 == 2 else ()))
    seconds = time.perf_counter() - begun_s
    return {"seconds": round(seconds, 2), "levels": levels, "us_per_level": round(seconds / levels * 1e6, 1)}


def every_second(lamps: int) -> dict[str, float]:
    """What the daemon asks: each lamp once a second, here for ten minutes of one evening."""
    plans = [plan(number, 300.0) for number in range(lamps)]
    at_s = datetime(2027, 1, 15, 18, tzinfo=UTC).timestamp()
    begun_s = time.process_time()
    for second in range(600):
        now = Moment(at_s + second, float(second), "bench", True)
        for one in plans:
            resolve(one, None, now)
    cpu_s = time.process_time() - begun_s
    return {"us_per_look": round(cpu_s / 600 / lamps * 1e6, 1), "percent_of_a_core": round(cpu_s / 600 * 100, 2)}


def main() -> None:
    lamps = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    report = {
        "stands_on": stands_on(),
        "lamps": lamps,
        "days": 365,
        "resolver": resolved(lamps, 0.0),
        "resolver_with_ramps_of_5_min": resolved(lamps, 300.0),
        "daemon": every_second(lamps),
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
