"""Faults that data declares: a bit, or a range of a value, and the type of event that tells of it (pure)."""

from collections.abc import Iterable, Iterator

from msgspec import UNSET, Struct, UnsetType

from agent.alarm import Verdict
from agent.events.alarms import AlarmData
from drivers.profile import Fault
from drivers.translation import _


class DeclaredData(AlarmData, frozen=True):
    """What an alarm tells beside, where a profile or the configuration declares it.

    Args:
        fault: its name; several of one type of event begin and end each by itself.
        value: of a range, what was read.
        limit: of a range, beyond which it is a fault.
    """

    fault: str | UnsetType = UNSET
    value: float | UnsetType = UNSET
    limit: float | UnsetType = UNSET


class Seen(Struct, frozen=True):
    """The last good reading of a quantity."""

    value: float
    at_s: float


def key_of(fault: Fault) -> str:
    """Gives what its alarm is kept by, among those of its device."""
    return f"{fault.event} {fault.name}"


def types(keys: Iterable[str]) -> list[str]:
    """The types of event of alarms that are kept under those keys."""
    return sorted({key.partition(" ")[0] for key in keys})


def verdict(fault: Fault, seen: Seen | None, form: type[DeclaredData]) -> Verdict | None:
    """What a reading says of a fault; None: nothing was read, or a value lies between its limit and its end.

    Args:
        form: what tells of that type of event.
    """
    if seen is None:
        return None
    return _of_flag(fault, seen, form) if fault.is_flag else _of_range(fault, seen, form)


def _of_flag(fault: Fault, seen: Seen, form: type[DeclaredData]) -> Verdict:
    bad = bool(seen.value) == fault.when
    words = _("the device says {fault}").format(fault=fault.name)
    return Verdict(form(bad, words if bad else "", fault=fault.name), seen.at_s, fault.name)


def _of_range(fault: Fault, seen: Seen, form: type[DeclaredData]) -> Verdict | None:
    limit = next((limit for limit, sign in _limits(fault) if sign * (seen.value - limit) > 0), None)
    if limit is None:
        over = form(False, "", fault=fault.name, value=seen.value)
        return Verdict(over, seen.at_s, fault.name) if _is_over(fault, seen.value) else None
    words = _("{quantity} is {value:g}, beyond {limit:g}")
    words = words.format(quantity=fault.of, value=seen.value, limit=limit)
    return Verdict(form(True, words, fault=fault.name, value=seen.value, limit=limit), seen.at_s, fault.name)


def _limits(fault: Fault) -> Iterator[tuple[float, int]]:
    """Each limit, and on which side of it the fault lies."""
    if fault.above is not None:
        yield fault.above, 1
    if fault.below is not None:
        yield fault.below, -1


def _is_over(fault: Fault, value: float) -> bool:
    """Whether a value within its limits is far enough within them."""
    if fault.ends is None:
        return True
    return value <= fault.ends if fault.above is not None else value >= fault.ends
