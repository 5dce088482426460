"""Parking bays: cars come and go by a script, and an ultrasonic sensor above a bay says what it hears.

It speaks the UART frame of the A02 family (A02YYUW; DFRobot SEN0311, 0312, 0313): FF H L SUM at 9600 8N1,
distance mm = H * 256 + L, SUM the low byte of FF + H + L. About ten frames a second, some of them bad.
Other bays have other sensors: radio.py, and the contact in street.py.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from random import Random

from msgspec import Struct

from agent.simulate.wire import Port
from drivers.translation import _

FRAME_S = 0.1
ROAD_MM = 2400
ROOF_MM = 850
NO_ECHO_MM = 0xFFFD
MANOEUVRE_S = 0.8


class Visit(Struct, frozen=True):
    """One car in a bay, in seconds since the street began."""

    arrives_s: float
    leaves_s: float


OPENING: Mapping[str, tuple[Visit, ...]] = {
    "bay-1": (Visit(3, 26), Visit(37, 45)),
    "bay-2": (Visit(-60, 9), Visit(17, 42)),
    "bay-3": (Visit(7, 14), Visit(28, 36), Visit(44, 51)),
    "bay-4": (Visit(21, 33), Visit(48, 70)),
    "bay-5": (Visit(5, 30), Visit(40, 52)),
}
"""The first minute is the same in every run; after it cars come and go at random."""


def visits(opening: Sequence[Visit], random: Random) -> Iterator[Visit]:
    """The opening, and then cars for ever."""
    yield from opening
    left_s = opening[-1].leaves_s if opening else 0.0
    while True:
        arrives_s = left_s + random.uniform(6, 20)
        left_s = arrives_s + random.uniform(5, 30)
        yield Visit(arrives_s, left_s)


def frame(distance_mm: int) -> bytes:
    """One frame of the sensor. Raises ValueError for what does not fit into two bytes."""
    if not 0 <= distance_mm <= 0xFFFF:
        raise ValueError(_("{distance} mm does not fit into a frame").format(distance=distance_mm))
    body = bytes((0xFF, distance_mm >> 8, distance_mm & 0xFF))
    return body + bytes((sum(body) & 0xFF,))


class Bay:
    """One bay and the sensor above it.

    Args:
        cars: who comes when, in order and without overlap.
        random: of the noise.
    """

    def __init__(self, cars: Iterator[Visit], random: Random) -> None:
        self._cars = cars
        self._car = next(cars)
        self._random = random

    def distance_mm(self, at_s: float) -> float:
        """What is under the sensor: the road, a roof, or something between while a car moves in or out."""
        while at_s > self._car.leaves_s + MANOEUVRE_S:
            self._car = next(self._cars)
        inside_s = min(at_s - self._car.arrives_s, self._car.leaves_s + MANOEUVRE_S - at_s)
        covered = min(max(inside_s / MANOEUVRE_S, 0.0), 1.0)
        return ROAD_MM + covered * (ROOF_MM - ROAD_MM)

    def heard_mm(self, at_s: float) -> int:
        """Returns the distance that a real sensor would measure, with its scatter, spikes and lost echoes."""
        true_mm = self.distance_mm(at_s) + self._random.gauss(0, 8)
        chance = self._random.random()
        if chance < 0.01:
            return NO_ECHO_MM
        if chance < 0.03:
            return self._random.randint(300, 4500)
        return round(true_mm)

    def burst(self, at_s: float) -> bytes:
        """The bytes of one tenth of a second: a frame, now and then spoiled or with noise before it."""
        sent = frame(self.heard_mm(at_s))
        chance = self._random.random()
        if chance < 0.02:
            return self._random.randbytes(self._random.randint(1, 5)) + sent
        if chance < 0.03:
            return sent[:-1] + bytes((sent[-1] ^ 0x10,))
        return sent


def street(seed: int) -> dict[str, Bay]:
    """The bays of the demonstration."""
    return {
        name: Bay(visits(opening, Random(f"{seed} cars {name}")), Random(f"{seed} noise {name}"))
        for name, opening in OPENING.items()
    }


async def play(bays: Mapping[str, Bay], ports: Mapping[str, Port]) -> None:
    """Let the sensors at these ports speak until cancelled; the street begins now."""
    began_s = time.monotonic()
    while True:
        at_s = time.monotonic() - began_s
        for name, port in ports.items():
            port.write(bays[name].burst(at_s))
        await asyncio.sleep(FRAME_S)
