"""How a pole is, and what is told at its birth."""

from collections.abc import Iterable
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from agent.events import (
    CERTIFICATE_EXPIRES,
    POLE_BIRTH,
    POLE_CLOCK_SET,
    POLE_RETIRED,
    POLE_STATUS,
    Data,
    Priority,
)
from agent.events.configuration import ConfigurationSource
from agent.events.inventory import Birth
from agent.events.registry import EVENT_TYPES, Count, EventType, Percent, Seconds, Time, event_type
from agent.joined import joined
from agent.kernel_clock import Source


class Health(Data, frozen=True):
    """What a fleet's table shows of a pole; null: the box does not tell.

    Args:
        clock_source: what keeps the clock; "none": it is not set.
        disk_free_percent: of the file system of the store.
        temperature_c: of the box where it is hottest.
        under_voltage: the supply of the box is too low, or was since it was switched on where its firmware keeps that.
        config_sha256, config_source: of the configuration in force, see pole.configuration.
    """

    version: str
    uptime_s: Seconds
    clock_source: Source
    disk_free_percent: Percent | None
    temperature_c: float | None
    under_voltage: bool | None
    config_sha256: str | None
    config_source: ConfigurationSource | None


class Heartbeat(Health, frozen=True):
    """Each `status_period`: how the pole is.

    Args:
        events_dropped: dropped since the start.
        dropped_bytes: garbage on serial lines since the start.
        devices: how many there are.
        devices_down: names of those that do not answer.
        network_operator, signal_percent: of the modem, by ModemManager; null: there is none, or they are not known.
        uplink_month_bytes: of the uplink in this month of local time, both ways; null: not known.
        parts_failed: names of the parts of the daemon that failed by a defect and do not work again yet.
    """

    clock_trusted: bool
    events_waiting: Count
    events_dropped: Count
    store_bytes: Count
    devices: Count
    dropped_bytes: Count
    devices_down: tuple[str, ...]
    parts_failed: tuple[str, ...]
    network_operator: str | None
    signal_percent: Percent | None
    uplink_month_bytes: Count | None


def register(
    inventories: Iterable[type[Struct]], facts: Iterable[type[Struct]], into: dict[str, EventType] = EVENT_TYPES
) -> tuple[type[Birth], type[Heartbeat]]:
    """The types of event to which every trade adds its share: the inventory at birth, and what holds of the pole.

    The structs of the two. They lack the share of a trade that cannot be told, by a defect.
    """
    facts = tuple(facts)
    birth = joined("PoleBirth", Birth, (*inventories, *facts), may_lack=True)
    event_type(POLE_BIRTH, priority=Priority.EVENT, into=into)(birth)
    heartbeat = joined("PoleStatus", Heartbeat, facts, may_lack=True)
    event_type(POLE_STATUS, priority=Priority.TELEMETRY, expires_s=900, into=into)(heartbeat)
    return birth, heartbeat


@event_type(CERTIFICATE_EXPIRES, priority=Priority.ALARM)
class CertificateExpires(Data, frozen=True):
    """A certificate ends in 30, 14, 7 or 1 days, or has ended.

    Args:
        certificate: the pole's own, the authority's that it trusts, or the one that the broker showed.
        file: on the pole; null: the broker's.
        valid_until: when it ends.
        days_left: whole days; negative: it has ended.
        uplink: whose it is; absent: of the only one that has no name.
    """

    certificate: Literal["pole", "authority", "broker"]
    file: str | None
    valid_until: Time
    days_left: int
    uplink: str | UnsetType = UNSET


@event_type(POLE_CLOCK_SET, priority=Priority.EVENT)
class ClockSet(Data, frozen=True):
    """The clock of the box was set: from now on times are trusted, and those told before can be dated.

    Args:
        boot: identity of this run of the kernel, as in the events whose time is not trusted.
        offset_s: an event of that boot happened at `offset_s` + `bootseconds` of it, unix seconds.
    """

    boot: str
    offset_s: float


@event_type(POLE_RETIRED, priority=Priority.ALARM)
class PoleRetired(Data, frozen=True):
    """The last that a pole says: `lamppost wipe` takes its keys, its store and its configuration away.

    Args:
        version: of lamppost.
        uuid: of the pole, as in its birth; null: it had none.
    """

    version: str
    uuid: str | None
