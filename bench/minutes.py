"""Minute values with gaps, and what NumPy makes of them by each method: an independent reckoning."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.aggregation.bucket import EXCEEDED, Method

MINUTE_S = 60.0

Floats = NDArray[np.float64]


def minutes(begin_s: float, seed: int, low: float, high: float, count: int) -> tuple[Floats, Floats]:
    """Moments and values of so many minutes, with gaps of minutes, hours and more than a day."""
    chance = np.random.default_rng(seed)
    there, at = np.ones(count, dtype=bool), 0
    while at < count:
        at += int(chance.exponential(600)) + 1
        long = int(chance.choice([3, 20, 90, 1500], p=[0.5, 0.3, 0.18, 0.02]))
        there[at : at + long] = False
        at += long
    at_s = begin_s + MINUTE_S * (1 + np.flatnonzero(there))
    return at_s, np.round(chance.uniform(low, high, len(at_s)), 2)


def reckoned(method: Method, values: Floats) -> float:
    """What values that stand for equally long come to."""
    if method == "energetic":
        return float(10 * np.log10(np.mean(10 ** (values / 10))))
    if method == "vector":
        angles = np.radians(values)
        return float(np.degrees(np.arctan2(np.sin(angles).mean(), np.cos(angles).mean())) % 360)
    if method in EXCEEDED:
        steps = np.sort(np.round(values * 10))[::-1]
        return float(steps[math.ceil(EXCEEDED[method] * len(steps) - 1e-6) - 1] / 10)
    if method == "last":
        return float(values[-1])
    of: dict[str, Callable[[Floats], np.floating[Any]]] = {"mean": np.mean, "max": np.max, "min": np.min}
    return float(of[method](values))
