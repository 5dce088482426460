"""Parking sensors that send frames on a serial port of their own."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from drivers.base import Emit, Quality, Reading, Reporting
from drivers.errors import NoAnswer
from drivers.line.options import SAME_PORT
from drivers.line.port import Port
from drivers.options import Claim, Need, Seconds, file_claim
from drivers.place import Placed
from drivers.schedule import Deadlines
from drivers.serial.a02 import A02Decoder
from drivers.serial.listening import LISTEN_S, Framing, check_usable, collect, opened
from drivers.translation import _

DISTANCE = "distance_mm"

MOST_FRAMES = 4096
"""Frames that a reading is made of, the newest: of seven minutes, of a sensor that sends ten a second."""

Millimetres = Annotated[int, Meta(ge=0, le=65535)]


class SerialSensor(Placed, frozen=True, tag_field="kind", tag="a02"):
    """[sensor.NAME] kind = "a02": ultrasonic distance sensor of the A02 UART family (A02YYUW, SEN0311...0313).

    Args:
        silence_s: no valid frame for that long: the sensor is down.
        period_s: time between two readings; each is the median of the newest frames that came since the last.
        min_mm, max_mm: the sensor's range; what lies outside is no distance, but a lost echo or a target too near.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"silence_s": ("1s", "1h"), "period_s": ("100ms", "1h")}

    port: str
    baud: Literal[9600, 115200] = 9600
    silence_s: Seconds = Seconds(5.0)
    period_s: Seconds = Seconds(1.0)
    min_mm: Millimetres = 30
    max_mm: Millimetres = 4500

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        if "port" in values:
            yield file_claim(values["port"], "port", *SAME_PORT, at_key=True)

    @classmethod
    def needs(cls, values: Mapping[str, Any]) -> Iterable[Need]:
        if "port" in values:
            yield Need("port", device=values["port"], is_line=True)

    @property
    def reporting(self) -> Reporting:
        return Reporting(self.period_s, "distance")


class A02Sensor:
    """Driver of one A02 sensor: emits "distance_mm", at most once in each `period_s`.

    The sensor sends about ten frames a second. A reading is the median of those within the sensor's range, as long as
    they are at least half of all; otherwise it is the median of the others, marked as suspect: no echo, which is
    neither "free" nor "occupied".
    """

    def __init__(self, name: str, options: SerialSensor) -> None:
        self.name = name
        self._options = options
        self._decoder = A02Decoder()
        self._frames: deque[int] = deque(maxlen=MOST_FRAMES)
        self._heard_s = 0.0

    @property
    def dropped_bytes(self) -> int:
        """Bytes since the start that belonged to no valid frame."""
        return self._decoder.dropped

    async def run(self, emit: Emit) -> None:
        """Listen until cancelled. Raises LineError: no such port, or it was lost; NoAnswer: no valid frame came."""
        port = await opened(self.name, self._options.port, Framing(self._options.baud), self._heard)
        try:
            await self._listen(port, emit)
        finally:
            await port.close()

    async def _listen(self, port: Port, emit: Emit) -> None:
        self._heard_s = time.monotonic()
        looks = math.ceil(self._options.period_s / LISTEN_S)
        deadlines = Deadlines(self._options.period_s / looks)
        while True:
            for _each in range(looks):
                port.pause()
                await deadlines.next()
                await collect(port)
                self._check(port)
            if (reading := self.reading()) is not None:
                await emit(reading)

    def _heard(self, data: bytes) -> None:
        self.hear(data, time.monotonic())

    def hear(self, data: bytes, at_s: float) -> None:
        """Bytes of the sensor, and when they came."""
        if frames := self._decoder.feed(data):
            self._frames.extend(frame.mm for frame in frames)
            self._heard_s = at_s

    def reading(self) -> Reading | None:
        """What was heard since the last one; None: no frame."""
        frames = list(self._frames)
        self._frames.clear()
        return self._reading(frames) if frames else None

    def _check(self, port: Port) -> None:
        """Raises LineError or NoAnswer."""
        check_usable(self.name, port, self._options.port)
        where = _("serial port {port}").format(port=self._options.port)
        silent_s = time.monotonic() - self._heard_s
        if silent_s >= self._options.silence_s:
            raise NoAnswer(
                self.name,
                _("no valid frame on {where} for {silent_s:.1f} s, {count} other bytes since the start").format(
                    where=where, silent_s=silent_s, count=self.dropped_bytes
                ),
                _("check the sensor's power, its TX wire and the baud rate"),
            )

    def _reading(self, frames: Sequence[int]) -> Reading:
        low, high = self._options.min_mm, self._options.max_mm
        inside = [mm for mm in frames if low <= mm <= high]
        if 2 * len(inside) >= len(frames):
            return Reading(self.name, DISTANCE, _median_low(inside), self._heard_s)
        outside = _median_low([mm for mm in frames if not low <= mm <= high])
        doubt = _("{distance} mm is outside {low} to {high} mm: no echo, or a target too near").format(
            distance=outside, low=low, high=high
        )
        return Reading(self.name, DISTANCE, outside, self._heard_s, Quality.SUSPECT, doubt)


def _median_low(values: Sequence[int]) -> int:
    """Returns the low median, as `statistics` does, which with its fractions and decimals is large."""
    return sorted(values)[(len(values) - 1) // 2]
