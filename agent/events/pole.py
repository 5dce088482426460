"""What a pole tells of itself and of its store."""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from agent.events import (
    CERTIFICATE_EXPIRES,
    PART_FAILED,
    PART_RESTORED,
    POLE_BIRTH,
    POLE_CONFIGURATION,
    POLE_STATUS,
    STORE_GAP,
    Data,
    Priority,
)
from agent.events.registry import EVENT_TYPES, Count, EventType, Percent, Seconds, Time, event_type
from agent.joined import joined
from agent.kernel_clock import Source

ConfigurationSource = Literal["file", "remote", "last_good"]
"""The file alone; what came from afar above it; the last one that ran well, since the file is wrong."""


ConfigurationOutcome = Literal["applied", "confirmed", "rolled_back", "refused", "last_good"]


class Profiled(Struct, frozen=True):
    """A lamp or a meter of the inventory: its line and its register map."""

    line: str
    profile: str


class OfKind(Struct, frozen=True):
    """A sensor, a line or a network of the inventory."""

    kind: str


class InventoryPlace(Struct, frozen=True, kw_only=True):
    """A place of the inventory: the pole, or a bay, zone, lamp, meter, sensor or camera. What is not known is absent.

    Args:
        kind: "pole", "bay", ...
        uuid: the same under every name that it ever has.
        label: as people call it.
        reference: its number in the town's own register.
        latitude, longitude: degrees (WGS 84), to 6 decimals.
        street, address: of the pole.
    """

    kind: str
    uuid: str | UnsetType = UNSET
    label: str | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    latitude: float | UnsetType = UNSET
    longitude: float | UnsetType = UNSET
    street: str | UnsetType = UNSET
    address: str | UnsetType = UNSET


class InventoryGroup(Struct, frozen=True, kw_only=True):
    """A group of the inventory. What is not known is absent.

    Args:
        kind: "parking": of bays; "lighting": of lamps.
        uuid, label, reference: as of a place.
        area: the part of the town that its members lie in.
        members: names of places.
    """

    kind: str
    uuid: str | UnsetType = UNSET
    label: str | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    area: str | UnsetType = UNSET
    members: tuple[str, ...]


class Birth(Data, frozen=True):
    """The daemon has started, or runs by another configuration: what hangs on the pole, what runs on it, in which mode.

    Args:
        version: of lamppost.
        versions: of what it runs on: python, sqlite, openssl, kernel.
        clock: how the pole gets its time: "ntp" or "rtc".
        config_sha256, config_source: of the configuration in force, see pole.configuration.
        places, groups: by name.
    """

    version: str
    versions: dict[str, str]
    clock: str
    lines: dict[str, OfKind]
    networks: dict[str, OfKind]
    config_sha256: str | None
    config_source: ConfigurationSource | None
    places: dict[str, InventoryPlace]
    groups: dict[str, InventoryGroup]


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


@event_type(POLE_CONFIGURATION, priority=Priority.ALARM)
class ConfigurationChanged(Data, frozen=True):
    """What became of a configuration, and which one is in force now.

    Args:
        outcome: "applied": it is in force, for good or until it is confirmed; "confirmed": the broker was reached by
            it; "rolled_back": it was not, and the one before is in force; "refused": it is wrong or cannot be applied,
            and the one before goes on; "last_good": it was wrong at the start, and the last good one runs.
        source: of the one in force: the file, what came from afar above it, or the last good one.
        sha256: of the one in force: of the bytes of the file; where it is not the file alone, of all that is in force.
        file, line, text: of the first thing that is wrong; null: nothing is, or it stands in no file.
        superseded: keys that came from afar and were edited by hand since: the file wins.
    """

    outcome: ConfigurationOutcome
    source: ConfigurationSource
    sha256: str
    file: str | None = None
    line: int | None = None
    text: Annotated[str, Meta(max_length=500)] | None = None
    superseded: tuple[str, ...] = ()


@event_type(PART_FAILED, priority=Priority.ALARM)
class PartFailed(Data, frozen=True):
    """A part of the daemon failed by a defect of its program. It is begun anew with growing pauses; the others go on.

    Args:
        part: its trade or task, and the name of what it is for: "bay/b1", "lamp/lamp-1", "uplink".
        error: kind of the exception.
        message: its words, at most 200 characters, without what could be a value.
        place: file and line of lamppost; null: not known.
        count: how often the part has failed since the start of the daemon.
    """

    part: str
    error: str
    message: Annotated[str, Meta(max_length=200)]
    place: str | None
    count: Count


@event_type(PART_RESTORED, priority=Priority.ALARM)
class PartRestored(Data, frozen=True):
    """A part of the daemon that had failed works again.

    Args:
        failed_s: since it failed first.
        count: how often it failed in that time.
        left_out: readings and other work that came while it was set aside.
    """

    part: str
    failed_s: Seconds
    count: Count
    left_out: Count


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


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapFull(Data, frozen=True, tag_field="reason", tag="full"):
    """Events were dropped to make room.

    Args:
        first, last: when the earliest and the latest of them happened.
        times_trusted: whether all of those times come from a clock that was set.
        previously_reported: how many of `dropped` an earlier gap event had counted that was itself dropped.
    """

    dropped: Count
    previously_reported: Count
    by_type: dict[str, Count]
    first: Time
    last: Time
    times_trusted: bool


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapOld(GapFull, frozen=True, tag_field="reason", tag="old"):
    """Events were dropped because they happened too long ago."""


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapCorrupt(Data, frozen=True, tag_field="reason", tag="corrupt"):
    """The file was damaged, moved aside, and begun anew; what else was in it is not known.

    Args:
        saved_events, saved_states: how many were saved out of it, each by its checksum.
    """

    detail: str
    moved_to: str
    saved_events: Count
    saved_states: Count


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapUnreadable(Data, frozen=True, tag_field="reason", tag="unreadable"):
    """Single events were damaged."""

    dropped: Count


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapState(Data, frozen=True, tag_field="reason", tag="state_unreadable"):
    """The state of a rule did not fit this version and begins anew."""

    key: str
    detail: str


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapOtherPole(Data, frozen=True, tag_field="reason", tag="other_pole"):
    """The pole had another name before, and the broker takes no events under that name.

    Args:
        site, pole: the name of before.
        events: that were not sent.
        kept_as: file beside the store that has them.
        detail: what the broker refuses.
    """

    site: str
    pole: str
    events: Count
    kept_as: str
    detail: str


@event_type(CERTIFICATE_EXPIRES, priority=Priority.ALARM)
class CertificateExpires(Data, frozen=True):
    """A certificate ends in 30, 14, 7 or 1 days, or has ended.

    Args:
        certificate: the pole's own, the authority's that it trusts, or the one that the broker showed.
        file: on the pole; null: the broker's.
        valid_until: when it ends.
        days_left: whole days; negative: it has ended.
    """

    certificate: Literal["pole", "authority", "broker"]
    file: str | None
    valid_until: Time
    days_left: int
