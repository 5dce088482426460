"""What one sensor has counted: pulses, hours of running. It goes on from there after a restart (pure)."""

from msgspec import Struct

from agent.clock import Moment
from agent.rule import Step
from drivers.base import Reading


class CountState(Struct, frozen=True, omit_defaults=True):
    """The last value of each counter, by quantity."""

    counts: dict[str, float] = {}


def key(sensor: str) -> str:
    """Returns the key of the state in the store."""
    return f"sensor_count/{sensor}"


def step(state: CountState, now: Moment, reading: Reading | None) -> Step[CountState]:
    """One reading of a counter."""
    if reading is None or isinstance(reading.value, bool) or not isinstance(reading.value, int | float):
        return Step(state)
    if state.counts.get(reading.quantity) == reading.value:
        return Step(state)
    return Step(CountState(state.counts | {reading.quantity: reading.value}))
