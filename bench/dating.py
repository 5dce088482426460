"""How well the pole dates the ends of stays, beside the best that anybody could who knew more. Prints one JSON.

The best: somebody who knows the true rate of wrong readings, which visits there were, and ten readings on both sides of
each end, and tells the mean of all times at which the change may have been, each as likely as the readings make it.

    .venv/bin/python bench/dating.py [--days 8] [--bays 200] [--seeds 21 22]
"""

import argparse
import json
import statistics
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy
from month import judge, truth
from month.noise import LOST, NO_ECHO, NO_ECHO_MM, NOISE, ROAD_MM, ROOF_MM
from month.sensors import FAMILIES, Burst, Tape, Told, family_of
from numpy.typing import NDArray
from standing import stands_on
from stored import event_of

from agent.clock import Moment
from agent.regulation import order_of
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.source import source_of
from agent.trades.parking.stays import bay as bay_rule
from agent.trades.parking.stays.state import Bay, initial
from drivers.base import Reading, Reporting
from drivers.lorawan.codecs.milesight import decode
from drivers.serial.a02 import A02Decoder

AROUND = 10
WRONG = NOISE / (1 - LOST - NO_ECHO)
DISTANCES = ("a02", "milesight")
BOOTED_S, MIDDLE_MM = -300.0, (ROAD_MM + ROOF_MM) / 2

Readings = Sequence[tuple[float, int]]
"""Times, seconds since the month began, with the distances read, mm."""


def readings(tape: Tape) -> Readings:
    return [(each.at_s, _mm(each)) for each in chain.from_iterable(map(tape.of_day, range(tape.days)))]


def _mm(told: Told) -> int:
    if isinstance(told, Burst):
        return A02Decoder().feed(told.data)[-1].mm
    return decode(told.f_port, told.payload).distance_mm or 0


def told(period_s: float, heard: Readings) -> list[judge.Told]:
    """The stays that the rule of a bay tells."""
    options = BayOptions(sensor="s")
    source = source_of("s", options, Reporting(period_s, "distance"))
    bay = Bay("b", (source,), order_of(options, {}, truth.TIMEZONE, "fr"), 600.0)
    state, book = initial(), judge.Book()
    for at_s, mm in heard:
        now = Moment(truth.BEGIN_S + at_s, at_s - BOOTED_S, "boot", True)
        step = bay_rule.step(bay, state, now, Reading("s", "distance_mm", mm, now.mono_s))
        state = step.state
        for event in step.events:
            judge.read(book, judge.Row(event.type, 0, event_of(event).data, event.at.mono_s + BOOTED_S))
    return book.stays


def best_s(at_s: NDArray[numpy.float64], says: NDArray[numpy.bool_], to: bool) -> float:
    """The mean time of a change to `to`, the first of the readings left out."""
    right, wrong = numpy.log(1 - WRONG), numpy.log(WRONG)
    before = numpy.cumsum(numpy.where(says == to, wrong, right))[:-1]
    after = numpy.cumsum(numpy.where(says == to, right, wrong)[::-1])[::-1][1:]
    likely = numpy.exp(before + after - (before + after).max()) * numpy.diff(at_s)
    return float((likely * (at_s[1:] + at_s[:-1]) / 2).sum() / likely.sum())


def errors(family: str, seed: int, bay: int, days: int) -> list[tuple[float, float]]:
    """Returns the errors of the durations of stays that can be told apart: the pole's and the best, s."""
    visits = truth.visits(seed, bay, days)
    heard = readings(Tape(seed, bay, visits, days))
    verdict = judge.judged(bay, visits, told(FAMILIES[family].period_s, heard), days * truth.DAY_S)
    at_s = numpy.array([at_s for at_s, mm in heard if mm < NO_ECHO_MM])
    says = numpy.array([mm < MIDDLE_MM for _, mm in heard if mm < NO_ECHO_MM])
    edges = [0.0, *chain.from_iterable((each.arrives_s, each.leaves_s) for each in visits), days * truth.DAY_S]

    def end_s(edge: int) -> float:
        begin, here, end = numpy.searchsorted(at_s, edges[edge - 1 : edge + 2])
        near = slice(max(begin, here - AROUND), min(end, here + AROUND))
        return best_s(at_s[near], says[near], edge % 2 == 1)

    found = []
    for number, stay in verdict.pairs:
        if verdict.clear[number] and stay.duration_s is not None:
            lasted_s = visits[number].leaves_s - visits[number].arrives_s
            best = end_s(2 * number + 2) - end_s(2 * number + 1)
            found.append((abs(stay.duration_s - lasted_s), abs(best - lasted_s)))
    return found


def row(family: str, seed: int, bays: int, days: int) -> dict[str, Any]:
    here = [bay for bay in range(bays) if family_of(bay) == family]
    found = [each for bay in here for each in errors(family, seed, bay, days)]
    kind = FAMILIES[family]
    limit_s = kind.delay_s + kind.period_s
    figures = {
        name: {
            "median_s": round(statistics.median(wrong), 1),
            "p99_s": round(statistics.quantiles(wrong, n=100)[-1], 1),
            "beyond_the_limit": sum(each > limit_s for each in wrong),
        }
        for name, wrong in zip(("pole", "best"), zip(*found, strict=True), strict=True)
    }
    return {"stays": len(found), "p99_limit_s": limit_s, **figures}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=8)
    parser.add_argument("--bays", type=int, default=200)
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22])
    asked = parser.parse_args()
    report: dict[str, Any] = {"stands_on": stands_on()}
    report |= {
        f"seed {seed}": {family: row(family, seed, asked.bays, asked.days) for family in DISTANCES}
        for seed in asked.seeds
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
