"""Do the tests bite? Mutates modules and counts the mutants that the tests tell from the code: one JSON.

`make mutants` runs it whole, `make mutants ONLY=agent/trades/parking/stays/stay.py` for one module. Which modules are
mutated, and which tests judge them, is in mutants.toml; mutants that no test can tell from the code are in
equivalent.toml.

With --again a mutant that was told from the code before is not judged once more, as long as its module is the same:
that is for whoever adds tests.
"""

import argparse
import hashlib
import json
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from judging import ROOT, Court, Judgement, Test, at_import, judges, rehearsal, warm_up
from msgspec import Struct, field
from mutations import Mutant, mutants

HERE = Path(__file__).parent
KEPT = ROOT / ".bench-mutants" / "told.json"
LOOK_S = 0.01


class Score(Struct):
    """The score of one module.

    Args:
        told: verdicts on mutants that the tests tell from the code.
    """

    module: str
    area: str
    verdicts: Counter[str] = field(default_factory=Counter)
    survivors: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def note(self, mutant: Mutant, verdict: str) -> None:
        self.verdicts[verdict] += 1
        if verdict == "survived":
            self.survivors.append(words(mutant))
            print(f"  survived: {words(mutant)}", file=sys.stderr)
        elif verdict != "equivalent":
            self.told[words(mutant)] = verdict

    def as_json(self) -> dict[str, Any]:
        return {**figures(self.verdicts), "seconds": round(self.seconds), "survivors": self.survivors}


def words(mutant: Mutant) -> str:
    return f"{mutant.lines[0]} {mutant.within}: {mutant.was}  ->  {mutant.becomes}"


def figures(verdicts: Counter[str]) -> dict[str, Any]:
    """A mutant on which the tests hang is told from the code; one that no test reaches is not."""
    told = verdicts["killed"] + verdicts["time-out"]
    judged = sum(verdicts.values()) - verdicts["equivalent"]
    return {
        "mutants": sum(verdicts.values()),
        "killed": verdicts["killed"],
        "time_outs": verdicts["time-out"],
        "survived": verdicts["survived"],
        "equivalent": verdicts["equivalent"],
        "score_percent": round(100 * told / judged, 1) if judged else None,
    }


class Equivalent:
    """What equivalent.toml names; each entry must still fit the code."""

    def __init__(self, entries: Sequence[dict[str, str]]) -> None:
        self._left = {(each["within"], each["was"], each["becomes"]) for each in entries}
        self._all = frozenset(self._left)

    def names(self, mutant: Mutant) -> bool:
        key = (mutant.within, mutant.was, mutant.becomes)
        self._left.discard(key)
        return key in self._all

    def unused(self) -> list[str]:
        return [" | ".join(each) for each in sorted(self._left)]


def work(only: Sequence[str]) -> Iterator[tuple[str, str, list[str]]]:
    """(area, module, tests)"""
    for area in tomllib.loads((HERE / "mutants.toml").read_text())["area"]:
        for module in area["modules"]:
            if not only or module in only:
                yield area["name"], module, area["tests"]


def judged(score: Score, tests: dict[str, Test], equivalent: Equivalent, jobs: int, before: dict[str, str]) -> None:
    """Judges every mutant of a module but those that were told from the code before."""
    source = (ROOT / score.module).read_text()
    import_time, court = at_import(source), Court(score.module, tests)
    with Bench(score, jobs) as bench:
        for mutant in mutants(source):
            if equivalent.names(mutant):
                score.note(mutant, "equivalent")
            elif (told := before.get(words(mutant))) is not None:
                score.note(mutant, told)
            elif chosen := judges(mutant, score.module, import_time, tests):
                bench.judge(lambda mutant=mutant, chosen=chosen: Judgement(mutant, court, chosen))
            else:
                score.note(mutant, "survived")


class Bench:
    """Judges so many mutants at one time."""

    def __init__(self, score: Score, jobs: int) -> None:
        self._score, self._jobs = score, jobs
        self._running: list[Judgement] = []

    def judge(self, begin: Callable[[], Judgement]) -> None:
        """Begins as soon as there is room."""
        self._wait(self._jobs - 1)
        self._running.append(begin())

    def _wait(self, most: int) -> None:
        while len(self._running) > most:
            for each in list(self._running):
                if (verdict := each.verdict()) is not None:
                    self._running.remove(each)
                    self._score.note(each.mutant, verdict)
            time.sleep(LOOK_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._wait(0)
        for each in self._running:
            each.give_up()


class Kept:
    """Verdicts of earlier runs, by module; those of a module that has changed since are forgotten."""

    def __init__(self) -> None:
        self._all: dict[str, dict[str, Any]] = json.loads(KEPT.read_text()) if KEPT.exists() else {}

    def told(self, module: str) -> dict[str, str]:
        kept = self._all.get(module, {})
        return kept["told"] if kept.get("source") == _digest(module) else {}

    def keep(self, score: Score) -> None:
        self._all[score.module] = {"source": _digest(score.module), "told": score.told}
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(self._all, ensure_ascii=False))


def _digest(module: str) -> str:
    return hashlib.sha256((ROOT / module).read_bytes()).hexdigest()


def report(scores: Sequence[Score], equivalent: Equivalent, whole: bool) -> dict[str, Any]:
    areas: dict[str, Counter[str]] = {}
    for score in scores:
        areas.setdefault(score.area, Counter()).update(score.verdicts)
    said = {
        "modules": {score.module: score.as_json() for score in scores},
        "areas": {name: figures(verdicts) for name, verdicts in areas.items()},
        "all": figures(sum(areas.values(), Counter())),
    }
    return {**said, "entries_that_fit_nothing": equivalent.unused()} if whole else said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="modules, with commas between")
    parser.add_argument("--jobs", type=int, default=1, help="mutants that are judged at one time")
    parser.add_argument("--again", action="store_true", help="judge only what was not told from the code before")
    arguments = parser.parse_args()
    only = [name for name in arguments.only.split(",") if name]
    chosen = list(work(only))
    if unknown := set(only) - {module for _, module, _ in chosen}:
        parser.error(f"mutants.toml does not name {', '.join(sorted(unknown))}")
    equivalent = Equivalent(tomllib.loads((HERE / "equivalent.toml").read_text()).get("mutant", []))
    kept = Kept()
    warm_up()
    rehearsed: dict[tuple[str, ...], dict[str, Test]] = {}
    scores = []
    for area, module, paths in chosen:
        key = tuple(paths)
        if key not in rehearsed:
            rehearsed[key] = rehearsal(paths, [each for _, each, theirs in chosen if theirs == paths])
        score, began_s = Score(module, area), time.monotonic()
        print(module, file=sys.stderr)
        judged(score, rehearsed[key], equivalent, arguments.jobs, kept.told(module) if arguments.again else {})
        kept.keep(score)
        score.seconds = time.monotonic() - began_s
        scores.append(score)
        print(f"  {figures(score.verdicts)}", file=sys.stderr)
    print(json.dumps(report(scores, equivalent, not only), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
