"""What `make mutants` is told fits the code: modules move, and lines change."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MUTANTS = ROOT / "bench" / "mutants"
AREAS = tomllib.loads((MUTANTS / "mutants.toml").read_text())["area"]
EQUIVALENT = tomllib.loads((MUTANTS / "equivalent.toml").read_text())["mutant"]


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area["name"])
def test_modules_that_are_mutated_and_tests_that_judge_them_are_there(area: dict[str, list[str]]) -> None:
    assert area["modules"] and area["tests"]
    for path in (*area["modules"], *area["tests"]):
        assert (ROOT / path).exists(), path


def test_every_equivalent_mutant_has_a_reason_and_its_line_is_still_there() -> None:
    code = " ".join(" ".join((ROOT / path).read_text().split()) for area in AREAS for path in area["modules"])
    for each in EQUIVALENT:
        assert set(each) == {"within", "was", "becomes", "reason"}, each
        assert each["reason"] and each["was"] != each["becomes"], each
        assert each["was"] in code, each["was"]


def test_no_equivalent_mutant_is_named_twice() -> None:
    named = [(each["within"], each["was"], each["becomes"]) for each in EQUIVALENT]
    assert len(set(named)) == len(named)
