"""A month of 200 bays: every stay that the pole reports beside the truth. Prints one JSON.

The pole is two processes, each with half of the bays and a store of its own. One run of the month is quiet; another,
of the same seed, is killed 50 times with kill -9, and has clocks that are wrong: meanwhile sensors on a wire say what
nobody hears, and the frames of the others wait at the broker. With --same-readings sensors on a wire say nothing around
each death, in both runs: then all that differs is the pole's own doing.

    .venv/bin/python bench/bays.py [--days 30] [--bays 200] [--seed 1] [--deaths 50] [--same-readings] [--folder DIR]
"""

import argparse
import json
import logging
import multiprocessing
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from month import crash_runs, faults, overstays, pole, rows, truth
from month.judge import Book, Span, heard, judged
from month.sensors import FAMILIES, Burst, Tape, Told
from standing import stands_on

Lives = dict[int, list[faults.Life]]
Spans = Mapping[int, Sequence[Span]]


class Interrupted(Tape):
    """The tape of a sensor on a wire that says nothing in some spans of time."""

    silent: Sequence[Span] = ()

    def of_day(self, day: int) -> Sequence[Told]:
        return [told for told in super().of_day(day) if not (isinstance(told, Burst) and self._is_silent(told.at_s))]

    def _is_silent(self, at_s: float) -> bool:
        return any(begin_s <= at_s <= end_s for begin_s, end_s in self.silent)


def run(folder: Path, of_shard: Lives, seed: int, bays: int, days: int, silent: Spans) -> tuple[list[Any], float]:
    """What each half of the pole has to say, and how long it took.

    Args:
        silent: when sensors on a wire say nothing.
    """
    folder.mkdir(parents=True)
    began_s = time.monotonic()
    halves = [
        multiprocessing.get_context("fork").Process(
            target=half, args=(shard, mine, folder, seed, bays, days, silent.get(shard, ()))
        )
        for shard, mine in of_shard.items()
    ]
    for each in halves:
        each.start()
    for each in halves:
        each.join()
        if each.exitcode:
            raise SystemExit("half of the pole failed")
    answers = [json.loads((folder / str(shard) / "answer.json").read_bytes()) for shard in of_shard]
    return answers, time.monotonic() - began_s


def half(
    shard: int, mine: Sequence[faults.Life], folder: Path, seed: int, bays: int, days: int, silent: Sequence[Span]
) -> None:
    """One half of the bays through all lives of its process."""
    here = [bay for bay in range(bays) if pole.shard_of(bay) == shard]
    tapes = {bay: Interrupted(seed, bay, truth.visits(seed, bay, days), days) for bay in here}
    for tape in tapes.values():
        tape.silent = silent
    crash_runs.lived(shard, mine, folder / str(shard), tapes, seed)


def told(folder: Path, of_shard: Lives) -> tuple[dict[int, Book], dict[str, int]]:
    boots = {life.boot.id: life.boot for mine in of_shard.values() for life in mine}
    return heard([folder / str(shard) for shard in of_shard], boots)


def month(folder: Path, seed: int, bays: int, days: int, deaths: int, same_readings: bool) -> dict[str, Any]:
    shards, end_s = range(pole.SHARDS), days * truth.DAY_S
    streets = {bay: truth.visits(seed, bay, days) for bay in range(bays)}
    quiet = {shard: faults.quiet(shard, days) for shard in shards}
    faulty = {shard: faults.lives(seed, shard, days, deaths // pole.SHARDS) for shard in shards}
    down = {shard: faults.down(mine, pole.DEATH_WINDOW_S) for shard, mine in faulty.items()}
    silent = down if same_readings else {}
    answers, quiet_s = run(folder / "quiet", quiet, seed, bays, days, silent)
    books, kinds = told(folder / "quiet", quiet)
    verdicts = {bay: judged(bay, visits, books[bay].stays, end_s) for bay, visits in streets.items()}
    readings = {name: sum(each["readings"][name] for each in answers) for name in FAMILIES}
    cpu_s = sum(each["cpu_s"] for each in answers)
    _, faulty_s = run(folder / "faulty", faulty, seed, bays, days, silent)
    other_books, _ = told(folder / "faulty", faulty)
    other_verdicts = {
        bay: judged(bay, visits, other_books[bay].stays, end_s, down[pole.shard_of(bay)])
        for bay, visits in streets.items()
    }
    unset = {bay: faults.unset(faulty[pole.shard_of(bay)]) for bay in streets}
    return {
        "bays": bays,
        "days": days,
        "seed": seed,
        "seconds": {"quiet": round(quiet_s, 1), "with_faults": round(faulty_s, 1)},
        "us_of_cpu_a_reading": round(cpu_s / sum(readings.values()) * 1e6, 1),
        "stays": rows.stays(verdicts),
        "durations": rows.durations(verdicts),
        "overstays": overstays.row(verdicts),
        "same_with_faults": {
            "deaths": deaths,
            "same_readings": same_readings,
            **rows.same(books, other_books, other_verdicts),
        },
        "overstays_with_faults": overstays.row(other_verdicts, unset),
        "events": rows.events(kinds, readings, bays, days),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--bays", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--deaths", type=int, default=50)
    parser.add_argument("--same-readings", action="store_true")
    parser.add_argument("--folder", type=Path, help="where the stores are kept: on a disk; else in memory, and removed")
    asked = parser.parse_args()
    logging.getLogger("drivers.drop_counter").setLevel(
        logging.ERROR
    )  # frames that come twice are the month's own doing
    standing = stands_on()
    # How long a disk takes for a commit is the disk's own figure.
    with tempfile.TemporaryDirectory(prefix="lamppost-bench-", dir="/dev/shm") as scratch:
        folder = asked.folder or Path(scratch)
        report = month(folder, asked.seed, asked.bays, asked.days, asked.deaths, asked.same_readings)
    print(json.dumps({"stands_on": standing} | report, indent=1))


if __name__ == "__main__":
    main()
