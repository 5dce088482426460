"""What is worth sending of the rest: measurements with a dead band, devices that go down and come back, cameras."""

from collections.abc import Callable, Container
from typing import NamedTuple

from msgspec import UNSET, Struct, structs

from agent.clock import Moment
from agent.events import CAMERA_DEGRADED, CAMERA_TAMPERED, Event
from agent.events.devices import CameraCondition, DeviceDown, DeviceUp, TelemetryReading
from agent.events.registry import event
from agent.rule import Step
from drivers.base import Quality, Reading
from drivers.quantity import UNDECLARED, Quantity

PAUSE_S = 10.0
"""One that changes all the time is sent at most this often."""

OWN = frozenset({"reachable"})
"""Quantities that are told by events of this rule, and never as a measurement."""

_TAMPERED = frozenset({"blocked", "moved"})
"""Conditions of a camera that a hand makes; all others come by themselves."""


class Sent(Struct, frozen=True):
    """What was last sent of one quantity, and when (monotonic seconds)."""

    value: bool | float | str
    at_s: float


class DeviceState(Struct, frozen=True):
    """What the city was told of a device.

    Args:
        down_since: when it went down; None: it is up, as far as is known.
        condition: of a camera, when it is not "ok".
        sent: by quantity; not stored.
    """

    down_since: Moment | None = None
    condition: str | None = None
    sent: dict[str, Sent] = {}


def key(device: str) -> str:
    """Returns the key of a device's state in the store."""
    return f"device/{device}"


def initial() -> DeviceState:
    return DeviceState()


def persisted(state: DeviceState) -> DeviceState:
    """What of it is worth writing: after a restart every measurement is sent once more."""
    return structs.replace(state, sent={})


def undeclared(name: str) -> Quantity:
    """What is taken of every figure of a device that declares none."""
    return UNDECLARED


class Subject(NamedTuple):
    """
    Args:
        device: its name.
        unsent: quantities that are told otherwise, or not at all.
        declared: what its figures are, by their names.
    """

    device: str
    unsent: Container[str]
    declared: Callable[[str], Quantity] = undeclared


def step(subject: Subject, state: DeviceState, now: Moment, reading: Reading | None) -> Step[DeviceState]:
    """One reading of any quantity, sent unless it is `unsent`; whatever a device says, it is not down."""
    if reading is None:
        return Step(state)
    device, unsent, declared = subject
    state, events = _reachable(device, state, now, reading)
    if reading.quality is not Quality.GOOD or reading.quantity in unsent:
        return Step(state, events)
    if reading.quantity == "condition":
        state, told = _condition(device, state, now, reading)
    else:
        state, told = _measured(device, declared(reading.quantity), state, now, reading)
    return Step(state, events + told)


def _reachable(device: str, state: DeviceState, now: Moment, reading: Reading) -> tuple[DeviceState, tuple[Event, ...]]:
    down = reading.quantity == "reachable" and reading.value is False
    if down == (state.down_since is not None):
        return state, ()
    if down:
        return structs.replace(state, down_since=now), (event(DeviceDown(reason=reading.detail), device, now),)
    down_s = now.elapsed_since(state.down_since) if state.down_since else None
    told = DeviceUp(down_s=None if down_s is None else round(down_s, 3))
    return structs.replace(state, down_since=None), (event(told, device, now),)


def _condition(device: str, state: DeviceState, now: Moment, reading: Reading) -> tuple[DeviceState, tuple[Event, ...]]:
    """Each trouble of a camera is told when it begins and when it ends."""
    condition = None if reading.value == "ok" else str(reading.value)
    if condition == state.condition:
        return state, ()
    events = [
        event(
            CameraCondition(condition=word, active=word == condition, detail=reading.detail),
            device,
            now,
            type=CAMERA_TAMPERED if word in _TAMPERED else CAMERA_DEGRADED,
        )
        for word in (state.condition, condition)
        if word is not None
    ]
    return structs.replace(state, condition=condition), tuple(events)


def _measured(
    device: str, quantity: Quantity, state: DeviceState, now: Moment, reading: Reading
) -> tuple[DeviceState, tuple[Event, ...]]:
    value = reading.value
    if not isinstance(value, bool | int | float | str):
        return state, ()
    if not _worth_sending(quantity, state.sent.get(reading.quantity), value, now):
        return state, ()
    told = TelemetryReading(quantity=reading.quantity, value=value, detail=reading.detail or UNSET)
    state = structs.replace(state, sent=state.sent | {reading.quantity: Sent(value, now.mono_s)})
    return state, (event(told, device, now),)


def _worth_sending(quantity: Quantity, sent: Sent | None, value: bool | float | str, now: Moment) -> bool:
    if sent is None:
        return True
    since_s = now.mono_s - sent.at_s
    return since_s >= quantity.heartbeat_s or (since_s >= PAUSE_S and _differs(quantity, sent.value, value, since_s))


def _differs(quantity: Quantity, one: bool | float | str, other: bool | float | str, since_s: float) -> bool:
    """Words and yes/no differ at all; numbers by what is declared of them."""
    if isinstance(one, bool | str) or isinstance(other, bool | str):
        return one != other
    return quantity.is_news(one, other, since_s)
