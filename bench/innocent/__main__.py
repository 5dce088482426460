"""Tells who is accused in a street in which all goes wrong that may. Prints JSON; ends with 1 where a target is missed.

Each kind of adversity is a row: vehicles come and go by a truth of their own, sensors see it as well as they do then,
and the daemon's own rules and store judge what reaches the pole. The same seed gives the same.

    .venv/bin/python bench/innocent [--seeds 1 2] [--only kill,cold_night] [--jobs 2]
    .venv/bin/python bench/innocent --seeds 1 --only kill --trace 3     what bay 3 of a row has seen and told
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))
from standing import stands_on

from innocent.judge import Verdict, doubts, judged, suspects
from innocent.pole import Accusation, lived
from innocent.world import ROWS, Bay, World, world

INNOCENT, FOUND_PERCENT = 3000, 99.5
SEEDS = (1,)
MOST_EXAMPLES = 12


def told(street: World) -> Sequence[Accusation]:
    logging.getLogger("drivers").setLevel(logging.ERROR)  # frames that come twice are the street's own doing
    # How long a disk takes for a commit is the disk's own figure.
    with tempfile.TemporaryDirectory(prefix="lamppost-bench-", dir="/dev/shm") as folder:
        return asyncio.run(lived(street, Path(folder)))


def row(name: str, seed: int) -> dict[str, Any]:
    street = world(name, seed)
    verdicts = judged(street, told(street))
    by_family: dict[str, list[Verdict]] = {}
    for bay in street.bays:
        by_family.setdefault(bay.name, []).append(verdicts[bay.number])
    return {
        "row": name,
        "sensors": {family: figures(some) for family, some in by_family.items()},
        "examples": [*_examples(street, verdicts)],
    }


def figures(verdicts: Sequence[Verdict]) -> dict[str, int]:
    return {
        "vehicles_innocent": sum(each.innocent for each in verdicts),
        "accused": sum(each.told for each in verdicts),
        "accused_falsely": sum(len(each.false) for each in verdicts),
        "provable": sum(len(each.due) for each in verdicts),
        "provable_missed": sum(len(each.missed) for each in verdicts),
        "presumed": sum(each.presumed for each in verdicts),
        "presumed_falsely": sum(len(each.presumed_false) for each in verdicts),
    }


def _examples(street: World, verdicts: Mapping[int, Verdict]) -> Iterator[str]:
    for bay in street.bays:
        where = f"--seeds {street.seed} --only {street.row} --trace {bay.number} ({bay.name})"
        for one in verdicts[bay.number].false:
            near = ", ".join(f"{v.arrives_s:.0f}..{v.leaves_s:.0f}" for v in suspects(bay, one.at_s))
            yield f"false {where}: {one.data['stage']} at {one.at_s:.1f} s, where {near} s stood"
        for due in verdicts[bay.number].missed:
            visit = f"{due.visit.arrives_s:.0f}..{due.visit.leaves_s:.0f}"
            yield f"missed {where}: {due.stage} of {visit} s by {due.until_s:.1f} s"


def added(some: Sequence[Mapping[str, int]]) -> dict[str, int]:
    return {name: sum(each[name] for each in some) for name in some[0]}


def percent(whole: int, missed: int) -> float:
    return round(100 * (whole - missed) / whole, 3) if whole else 100.0


def report(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    total = added([figures for each in rows for figures in each["sensors"].values()])
    found = percent(total["provable"], total["provable_missed"])
    names = list(dict.fromkeys(each["row"] for each in rows))
    sensors = list(dict.fromkeys(family for each in rows for family in each["sensors"]))
    return {
        "target": f"of {INNOCENT} innocent vehicles none accused; of what can be proven {FOUND_PERCENT} % told in time",
        "met": not total["accused_falsely"] and found >= FOUND_PERCENT,
        "enough": total["vehicles_innocent"] >= INNOCENT,
        "total": total | {"found_percent": found},
        "rows": {name: _row([each for each in rows if each["row"] == name]) for name in names},
        "sensors": {
            family: _percented(added([each["sensors"][family] for each in rows if family in each["sensors"]]))
            for family in sensors
        },
    }


def _row(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    examples = [example for each in rows for example in each["examples"]]
    figures = added([figures for each in rows for figures in each["sensors"].values()])
    return _percented(figures) | {"examples": examples[:MOST_EXAMPLES]}


def _percented(figures: dict[str, int]) -> dict[str, Any]:
    return figures | {"found_percent": percent(figures["provable"], figures["provable_missed"])}


def trace(street: World, number: int) -> None:
    """Prints what a bay has seen, in order of time."""
    bay = street.bays[number]
    lines = [*_true(street, bay)]
    lines += [(each.at_s, f"told {each.kind} {json.dumps(each.data)}") for each in told(street) if each.bay == number]
    for at_s, words in sorted(lines):
        print(f"{at_s:10.1f} {words}")


def _true(street: World, bay: Bay) -> Iterator[tuple[float, str]]:
    for visit in bay.visits:
        yield visit.arrives_s, f"vehicle comes, until {visit.leaves_s:.1f}: {visit.leaves_s - visit.arrives_s:.1f} s"
        yield visit.leaves_s, "vehicle goes"
    for begin_s, end_s in street.down():
        yield begin_s, f"pole down until {end_s:.1f}"
    for what in ("off", "cut", "covered", "cold"):
        for begin_s, end_s in getattr(bay.trouble, what):
            yield begin_s, f"sensor {what} until {end_s:.1f}"
    for begin_s, end_s in doubts(street, bay):
        yield begin_s, f"doubt until {end_s:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--only", default=",".join(ROWS), help=f"rows, with commas between, of {','.join(ROWS)}")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--trace", type=int, help="a bay of the first row and seed: tell what it has seen")
    asked = parser.parse_args()
    names = asked.only.split(",")
    if unknown := set(names) - set(ROWS):
        parser.error(f"there is no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    if asked.trace is not None:
        trace(world(names[0], asked.seeds[0]), asked.trace)
        return
    work = [(name, seed) for seed in asked.seeds for name in names]
    with ProcessPoolExecutor(asked.jobs) as pool:
        rows = list(pool.map(row, *zip(*work, strict=True)))
    found = report(rows)
    print(json.dumps({"stands_on": stands_on(), "seeds": asked.seeds} | found, indent=1))
    sys.exit(0 if found["met"] and (found["enough"] or len(names) < len(ROWS)) else 1)


if __name__ == "__main__":
    main()
