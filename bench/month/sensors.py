"""What the sensors make of it: the bytes that reach the pole, and when. The same seed gives the same bytes.

Two sorts. One measures the distance at equal times, and is as wrong as `noise` says. The other decides itself, says so
in a LoRaWAN frame that it repeats until the network has confirmed it, and is heard in between once a day.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random

import numpy
from bay_pole import HeardFrame
from msgspec import Struct

from month.noise import LOST, NOISE, Measured, a02_frames, measured
from month.truth import DAY_S, Visit

SPOILED = 0.01
"""Bursts on the wire of an A02 with noise before them."""

HOLDS_S = (10.0, 25.0)
"""A sensor that decides itself has looked for so long before it speaks."""

SENDS, AGAIN_S = 8, (5.0, 10.0)
"""A frame that is not confirmed is sent so often, so far apart (LoRaWAN 1.0.4, 5.2: at the device's own choice)."""

OVERTAKEN, OVERTAKEN_S = 0.005, (5.0, 40.0)
"""Frames that a slow gateway brings late: a later one may be there before."""

TWICE = 0.002
"""Messages that the broker hands over twice."""

RESTARTS_A_DAY = 1 / 30
"""Restarts of a LoRaWAN sensor: its frame counter begins again, with the address that it has or with another."""


class Family(Struct, frozen=True):
    """
    Args:
        model: of the LoRaWAN sensor; "": it is an A02 on a serial port.
        period_s: between two readings of one that measures, two heartbeats of one that decides itself.
        votes_of: readings that the agent looks at, by its defaults.
        delay_s: how late a change is seen at most when nothing is lost.
        opposite: share of the readings of one that measures which show the opposite state.
    """

    model: str
    period_s: float
    measures: bool
    votes_of: int
    delay_s: float
    opposite: float = NOISE

    @property
    def apart_s(self) -> float:
        """What lasts less is not told apart from noise, or not by the sensor itself."""
        return self.votes_of * self.period_s if self.measures else self.delay_s + AGAIN_S[1]


FAMILIES = {
    "a02": Family("", 60.0, True, 5, 60.0),
    "a02_3_s": Family("", 3.0, True, 5, 3.0, 0.0005),
    "milesight": Family("milesight-em310-udl", 120.0, True, 5, 120.0),
    "bosch": Family("bosch-tps110", DAY_S, False, 1, HOLDS_S[1]),
    "nwave": Family("nwave-nps405", DAY_S, False, 1, HOLDS_S[1]),
    "dingtek": Family("dingtek-do201", DAY_S, False, 1, HOLDS_S[1]),
}
SHARES = ("a02", "bosch", "a02", "nwave", "a02", "milesight", "a02", "bosch", "dingtek", "nwave")

PROVING = frozenset({10, 11, 12, 60, 61, 62})
"""Bays whose sensor on a wire measures so often that it can prove a stay: one of each use that has a short limit, in
each half of the pole. Readings every 3 s are 20 times as many as every minute: six bays are half of the month."""


def family_of(bay: int) -> str:
    return "a02_3_s" if bay in PROVING else SHARES[bay // 5 % len(SHARES)]


class Burst(Struct, frozen=True):
    """Bytes on the wire of an A02. `at_s`: seconds since the month began."""

    at_s: float
    data: bytes


Told = Burst | HeardFrame


class Tape:
    """All that one sensor tells, day by day."""

    def __init__(self, seed: int, bay: int, visits: Sequence[Visit], days: int) -> None:
        self._seed, self._bay, self.days = seed, bay, days
        self._name, self._visits = family_of(bay), visits
        self.family = FAMILIES[self._name]
        self._all: list[HeardFrame] = [] if self.family.measures else self._changes()

    def of_day(self, day: int) -> Sequence[Told]:
        """Returns what is told in a day, in the order in which it arrives."""
        if not self.family.measures:
            return [each for each in self._all if day * DAY_S <= each.at_s < (day + 1) * DAY_S]
        return list(self._distances(day) if self.family.model else self._bursts(day))

    def _chance(self, what: object) -> Random:
        return Random(f"{self._seed}/{what}/{self._bay}")

    def _measured(self, day: int, chance: numpy.random.Generator) -> Measured:
        period_s = self.family.period_s
        first_s = day * DAY_S + self._bay % 50 * period_s / 50
        visits = [each for each in self._visits if each.leaves_s > day * DAY_S and each.arrives_s < (day + 1) * DAY_S]
        return measured(visits, first_s, period_s, chance, self.family.opposite)

    def _bursts(self, day: int) -> Iterator[Burst]:
        chance = numpy.random.default_rng((self._seed, self._bay, day))
        heard = self._measured(day, chance)
        spoiled = chance.random(len(heard.mm)) < SPOILED
        for at_s, data, spoilt in zip(heard.at_s.tolist(), a02_frames(heard.mm), spoiled.tolist(), strict=True):
            yield Burst(at_s, chance.bytes(3) + data if spoilt else data)

    def _distances(self, day: int) -> Iterator[HeardFrame]:
        """LoRaWAN frames that nobody confirms."""
        chance = numpy.random.default_rng((self._seed, self._bay, day))
        heard = self._measured(day, chance)
        keys = chance.integers(1 << 63, size=len(heard.mm)).tolist()
        a_day = round(DAY_S / self.family.period_s)
        for number, at_s, mm, key in zip(
            heard.number.tolist(), heard.at_s.tolist(), heard.mm.tolist(), keys, strict=True
        ):
            channels = b"\x03\x82" + min(mm, 0xFFFF).to_bytes(2, "little") + b"\x04\x00\x00"
            if number % 60 == 0:
                channels = b"\x01\x75\x5f" + channels
            f_cnt = day % 10 * a_day + number  # it begins again every ten days
            yield HeardFrame(at_s + 0.3, at_s, 1 + day // 20, f_cnt, 85, channels, key)

    def _changes(self) -> list[HeardFrame]:
        told = list(self._sent(self._chance("frames")))
        told.sort(key=lambda each: each.at_s)
        return told

    def _sent(self, chance: Random) -> Iterator[HeardFrame]:
        """Every frame that the sensor sends, as often as it arrives."""
        session, f_cnt, since_s = 1, 0, 0.0
        for at_s, occupied, why in sorted(self._wishes(chance)):
            if why == "start":
                session, f_cnt = session + (chance.random() < 0.7), 0
            f_port, payload = FRAMES[self._name](occupied, why, at_s - since_s, f_cnt)
            since_s = at_s if why == "change" else since_s
            yield from _transmitted(at_s, session, f_cnt, f_port, payload, chance, confirmed=why != "heartbeat")
            f_cnt += 1

    def _wishes(self, chance: Random) -> Iterator[tuple[float, bool, str]]:
        """Yields when the sensor wants to say something, what of the bay, and why."""
        seen = list(self._seen(chance))
        yield from ((at_s, occupied, "change") for at_s, occupied in seen)
        times = [(day * DAY_S + self._bay * 37.0, "heartbeat") for day in range(self.days)]
        at_s = chance.expovariate(RESTARTS_A_DAY / DAY_S)
        while at_s < self.days * DAY_S:
            times.append((at_s, "start"))
            at_s += chance.expovariate(RESTARTS_A_DAY / DAY_S)
        for at_s, why in times:
            yield at_s, next((occupied for then_s, occupied in reversed(seen) if then_s <= at_s), False), why

    def _seen(self, chance: Random) -> Iterator[tuple[float, bool]]:
        """Changes that lasted for as long as the sensor looks."""
        turns = [turn for each in self._visits for turn in ((each.arrives_s, True), (each.leaves_s, False))]
        now_occupied = False
        for (at_s, occupied), (until_s, _) in pairwise([*turns, (float("inf"), False)]):
            seen_s = at_s + chance.uniform(*HOLDS_S)
            if seen_s < until_s and occupied != now_occupied:
                now_occupied = occupied
                yield seen_s, occupied


def _transmitted(
    at_s: float, session: int, f_cnt: int, f_port: int, payload: bytes, chance: Random, *, confirmed: bool
) -> Iterator[HeardFrame]:
    for _ in range(SENDS if confirmed else 1):
        if chance.random() >= LOST:
            late_s = chance.uniform(*OVERTAKEN_S) if chance.random() < OVERTAKEN else 0.3
            uplink = HeardFrame(at_s + late_s, at_s, session, f_cnt, f_port, payload, chance.getrandbits(64))
            yield uplink
            if chance.random() < TWICE:
                yield uplink
            if chance.random() >= LOST:
                return
        at_s += chance.uniform(*AGAIN_S)


def _bosch(occupied: bool, why: str, _: float, _f_cnt: int) -> tuple[int, bytes]:
    if why == "start":
        return 3, bytes(12) + bytes((0, 29, 2, 2, occupied))
    return (2, bytes((occupied, 12))) if why == "heartbeat" else (1, bytes((occupied,)))


def _nwave(occupied: bool, why: str, lasted_s: float, _: int) -> tuple[int, bytes]:
    if why == "start":
        return 3, bytes((2, 4, 9, 2, occupied))
    if why == "heartbeat":
        return 2, bytes((occupied, 200, 0))
    minutes = int(lasted_s // 60)
    coded = minutes if minutes < 90 else 90 + (minutes - 90) // 5 if minutes < 240 else 127
    return 1, bytes((coded << 1 | occupied,))


def _dingtek(occupied: bool, _why: str, _: float, f_cnt: int) -> tuple[int, bytes]:
    mm = (300 if occupied else 2200).to_bytes(2, "big")
    field = bytes((0, 180 if occupied else 12, 0, 40, 1, 2))
    head = b"\x80\x00\x01\x1e\x01" + mm + bytes((0x10 if occupied else 0x00, 0x00))
    return 3, head + (360).to_bytes(2, "big") + field + b"\x15\x00" + (f_cnt & 0xFFFF).to_bytes(2, "big") + bytes(2)


FRAMES = {"bosch": _bosch, "nwave": _nwave, "dingtek": _dingtek}
