"""One window of one quantity: what its readings sum up to, by the method that is right for its nature (pure).

Levels in decibels are averaged as energies, directions as vectors, and what is a state, an index or a counter not at
all. A percentile is that of the readings: it is made of no other percentiles.
"""

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from msgspec import Struct, structs

Method = Literal[
    "mean", "energetic", "vector", "max", "min", "gust", "l10", "l50", "l90", "gain", "sum", "last", "none"
]  # fmt: skip
"""Ways to aggregate; "gain" and "sum" are of amounts: what a counter gained, what was counted in a time."""

METHODS: tuple[Method, ...] = get_args(Method)

AMOUNTS = frozenset[Method]({"gain", "sum"})
"""Methods that add up; the values of their readings are amounts by the second."""

AVERAGES = frozenset[Method]({"mean", "energetic", "vector", "gust"})
"""Methods that make a value that no reading had."""

EXCEEDED: Mapping[Method, float] = {"l10": 0.1, "l50": 0.5, "l90": 0.9}
"""Share of the time in which a level reaches its percentile: L90 is the background."""

STEPS_PER_UNIT = 10
"""Percentiles are told to a tenth of a decibel."""

CALM_M_S = 0.5
"""A slower wind has no direction (WMO-No. 8, part I, chapter 5: one knot)."""

ROUNDING = 1e-9
"""Sums of seconds are as right as that."""

NO_DIRECTION = 1e-9
"""The length of a mean of unit vectors below which they have cancelled each other."""


class Sample(NamedTuple):
    """One reading.

    Args:
        at_s: unix seconds, when it was measured.
        speed: of a direction, how much it counts; None: as much as every other.
        doubtful: it counts, and is told apart.
    """

    value: float
    at_s: float
    speed: float | None = None
    doubtful: bool = False


class Bucket(Struct, frozen=True, omit_defaults=True):
    """
    Args:
        begin_s, end_s: unix seconds; a reading at the begin belongs to the window before.
        known_s: for so much of it a reading stands.
        total: of the values, the energies or the eastward parts, each by the seconds for which it stands.
        north: of the northward parts.
        calm_s: of it, without a direction.
        doubtful_s: of it, by readings that are doubted.
        last_s: when the last of its readings was measured, whatever the order in which they came.
        spread: of a percentile, the seconds of each tenth of a decibel.
    """

    begin_s: float
    end_s: float
    known_s: float = 0.0
    total: float = 0.0
    north: float = 0.0
    calm_s: float = 0.0
    doubtful_s: float = 0.0
    low: float | None = None
    high: float | None = None
    last: float | None = None
    last_s: float = 0.0
    spread: dict[int, float] = {}

    @property
    def length_s(self) -> float:
        return self.end_s - self.begin_s

    @property
    def coverage(self) -> float:
        """Share of the window that is known, 0..1."""
        return min(1.0, self.known_s / self.length_s)


def weigh(bucket: Bucket, method: Method, sample: Sample, seconds: float) -> Bucket:
    """The window with a reading that stands for so many of its seconds."""
    total, north, calm_s = _parts(method, sample, seconds)
    return structs.replace(
        bucket,
        known_s=bucket.known_s + seconds,
        total=bucket.total + total,
        north=bucket.north + north,
        calm_s=bucket.calm_s + calm_s,
        doubtful_s=bucket.doubtful_s + (seconds if sample.doubtful else 0.0),
        spread=_spread(bucket.spread, method, sample.value, seconds),
    )


def _spread(spread: dict[int, float], method: Method, value: float, seconds: float) -> dict[int, float]:
    if method not in EXCEEDED:
        return spread
    step = round(value * STEPS_PER_UNIT)
    return spread | {step: spread.get(step, 0.0) + seconds}


def _parts(method: Method, sample: Sample, seconds: float) -> tuple[float, float, float]:
    if method == "energetic":
        return seconds * 10 ** (sample.value / 10), 0.0, 0.0
    if method != "vector":
        return seconds * sample.value, 0.0, 0.0
    if sample.speed is not None and sample.speed < CALM_M_S:
        return 0.0, 0.0, seconds
    angle, length = math.radians(sample.value), seconds * (1.0 if sample.speed is None else sample.speed)
    return length * math.sin(angle), length * math.cos(angle), 0.0


def extend(bucket: Bucket, value: float, at_s: float) -> Bucket:
    """The window with a reading that was measured in it."""
    newer = bucket.last is None or at_s >= bucket.last_s
    return structs.replace(
        bucket,
        low=value if bucket.low is None else min(bucket.low, value),
        high=value if bucket.high is None else max(bucket.high, value),
        last=value if newer else bucket.last,
        last_s=at_s if newer else bucket.last_s,
    )


def value_of(bucket: Bucket, method: Method) -> float | None:
    """What the window comes to; None: nothing, as the direction of a calm or of two opposite winds."""
    if bucket.known_s <= 0 or method == "none":
        return None
    if method in AMOUNTS:
        return bucket.total
    if method in {"max", "gust"}:
        return bucket.high
    if method == "min":
        return bucket.low
    if method in EXCEEDED:
        return _percentile(bucket.spread, EXCEEDED[method] * bucket.known_s)
    return bucket.last if method == "last" else _averaged(bucket, method)


def _percentile(spread: Mapping[int, float], seconds: float) -> float:
    """The highest level that was reached for so many seconds."""
    reached_s = 0.0
    for step in sorted(spread, reverse=True):
        reached_s += spread[step]
        if reached_s >= seconds * (1 - ROUNDING):
            return step / STEPS_PER_UNIT
    return min(spread) / STEPS_PER_UNIT


def _averaged(bucket: Bucket, method: Method) -> float | None:
    if method == "energetic":
        return 10 * math.log10(bucket.total / bucket.known_s) if bucket.total > 0 else None
    return _direction(bucket) if method == "vector" else bucket.total / bucket.known_s


def _direction(bucket: Bucket) -> float | None:
    """Degrees in (0, 360]: north is 360."""
    if math.hypot(bucket.total, bucket.north) <= NO_DIRECTION * bucket.known_s:
        return None
    return math.degrees(math.atan2(bucket.total, bucket.north)) % 360 or 360.0
