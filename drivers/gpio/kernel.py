"""A line of a real chip, by the kernel's character device (GPIO uAPI v2, Linux 5.10) and libgpiod's own bindings."""

from collections.abc import Sequence
from datetime import timedelta

import gpiod
from gpiod.line import Bias, Clock, Direction, Value
from gpiod.line import Edge as Edges

from drivers.gpio.contact import Edge
from drivers.gpio.options import GpioSensor

BIASES = {
    "as-is": Bias.AS_IS,
    "pull-up": Bias.PULL_UP,
    "pull-down": Bias.PULL_DOWN,
    "disabled": Bias.DISABLED,
}


class KernelContact:
    """See Contact. Raises OSError: no such chip or line, or somebody else has it."""

    def __init__(self, options: GpioSensor) -> None:
        self._offset = options.offset
        self._request = gpiod.request_lines(
            options.chip, consumer="lamppost", config={options.offset: settings(options)}
        )

    def fileno(self) -> int:
        return self._request.fd

    def active(self) -> bool:
        return self._request.get_value(self._offset) is Value.ACTIVE

    def edges(self) -> Sequence[Edge]:
        if not self._request.wait_edge_events(timedelta(0)):
            return ()
        rising = gpiod.EdgeEvent.Type.RISING_EDGE
        return [Edge(each.event_type is rising, each.timestamp_ns / 1e9) for each in self._request.read_edge_events()]

    def close(self) -> None:
        self._request.release()


def settings(options: GpioSensor) -> gpiod.LineSettings:
    """An input with both edges. A line that is active low has its rising edge where the level falls."""
    return gpiod.LineSettings(
        direction=Direction.INPUT,
        edge_detection=Edges.BOTH,
        bias=BIASES[options.bias],
        active_low=options.active == "low",
        debounce_period=timedelta(seconds=options.debounce_s),
        event_clock=Clock.MONOTONIC,
    )
