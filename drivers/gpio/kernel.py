"""A line of a real chip, by the kernel's character device (GPIO uAPI v2, Linux 5.10) and libgpiod's own bindings."""

from collections.abc import Sequence
from datetime import timedelta

import gpiod
from gpiod.line import Bias, Clock, Direction, Value
from gpiod.line import Edge as Edges

from drivers.gpio.contact import Edge
from drivers.gpio.options import GpioLine

EVENTS = 1024
"""Edges that the kernel keeps until they are read: of pulses of 1 kHz, those of half a second."""

BIASES = {
    "as-is": Bias.AS_IS,
    "pull-up": Bias.PULL_UP,
    "pull-down": Bias.PULL_DOWN,
    "disabled": Bias.DISABLED,
}


class KernelContact:
    """See Contact. Raises OSError: no such chip or line, or somebody else has it."""

    def __init__(self, options: GpioLine, debounce_s: float) -> None:
        self._offset = options.offset
        self._request = gpiod.request_lines(
            options.chip,
            consumer="lamppost",
            config={options.offset: settings(options, debounce_s)},
            event_buffer_size=EVENTS,
        )

    def fileno(self) -> int:
        return self._request.fd

    def active(self) -> bool:
        return self._request.get_value(self._offset) is Value.ACTIVE

    def edges(self) -> Sequence[Edge]:
        if not self._request.wait_edge_events(timedelta(0)):
            return ()
        rising = gpiod.EdgeEvent.Type.RISING_EDGE
        found = self._request.read_edge_events(EVENTS)
        return [Edge(each.event_type is rising, each.timestamp_ns / 1e9) for each in found]

    def close(self) -> None:
        self._request.release()


class KernelOutput:
    """See Output."""

    def __init__(self, chip: str, offset: int, active_low: bool, active: bool) -> None:
        self._offset = offset
        first = Value.ACTIVE if active else Value.INACTIVE
        line = gpiod.LineSettings(direction=Direction.OUTPUT, active_low=active_low, output_value=first)
        self._request = gpiod.request_lines(chip, consumer="lamppost", config={offset: line})

    def set(self, active: bool) -> None:
        self._request.set_value(self._offset, Value.ACTIVE if active else Value.INACTIVE)

    def active(self) -> bool:
        return self._request.get_value(self._offset) is Value.ACTIVE

    def close(self) -> None:
        self._request.release()


def settings(options: GpioLine, debounce_s: float) -> gpiod.LineSettings:
    """An input with both edges. A line that is active low has its rising edge where the level falls."""
    return gpiod.LineSettings(
        direction=Direction.INPUT,
        edge_detection=Edges.BOTH,
        bias=BIASES[options.bias],
        active_low=options.active == "low",
        debounce_period=timedelta(seconds=debounce_s),
        event_clock=Clock.MONOTONIC,
    )
