"""Levels in decibels, whose names say how they are measured: LAeq, LAFmax and LASmax are three quantities (pure)."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from agent.aggregation.bucket import AMOUNTS, AVERAGES, EXCEEDED, METHODS, Method

NAME = re.compile(r"l([acz]?)(eq|[fs]max|[fs]min|[fsi]|\d\d|den)(?:_|$)")
"""laeq_db, lafmax_db, la90_db: a level without its method is none."""

SHORT_S = 10.0
"""The longest time of a level of whose spread a percentile is made: LA90 of means is none."""


class Level(NamedTuple):
    """
    Args:
        weighting: "a", "c", "z"; "": its name says none.
        kind: "eq", "fmax", "s", "90", "den" ...
    """

    weighting: str
    kind: str


def named(name: str) -> Level | None:
    """The level that a name is of; None: it does not say."""
    found = NAME.match(name)
    return None if found is None else Level(found[1], found[2])


def methods(kind: str) -> Sequence[Method]:
    """The methods that leave a level what its name says."""
    if kind.isdecimal():
        own: Sequence[Method] = [each for each in EXCEEDED if each == f"l{kind}"]
        return (*own, "last", "none")
    if kind.endswith(("max", "min")):
        return ("max" if kind.endswith("max") else "min", "last", "none")
    if kind == "eq":
        return ("energetic", "max", "min", "last", "none")
    return [each for each in METHODS if each not in AMOUNTS | AVERAGES - {"energetic"}]


def can_be_of(level: Level, read: Level) -> bool:
    """Whether a level can be made of readings of another: a mean and a percentile of short ones, a highest of its own
    time constant, and of what is a highest, a lowest or a percentile already, the same alone."""
    if read.weighting and level.weighting and read.weighting != level.weighting:
        return False
    if level.kind == read.kind:
        return True
    if read.kind in {"f", "s"} and level.kind in {f"{read.kind}max", f"{read.kind}min"}:
        return True
    return read.kind in {"eq", "f", "s"} and (level.kind in {"eq", "den"} or level.kind.isdecimal())
