"""Overstays in a zone: how much of a stay counts, and when its vehicle is suspected (pure)."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct, structs

from agent.calendars import Windows, windows
from agent.clock import Moment
from agent.events import KERB_SUSPECTED, Event, Priority
from agent.regulation.offences import OFFENCES, Offence
from agent.trades.kerb.options import KerbOptions, ZoneOptions

Stage = Literal["", "limit", "grace"]

_ROUNDING_S = 1e-6

_PAUSE_S = 1.0
"""A vehicle that was not seen meanwhile is not asked about more often."""
_ALWAYS_S = float("-inf")


class Zone(Struct, frozen=True):
    """What a zone is judged by: its own table, [kerb], and when its limit holds."""

    name: str
    options: ZoneOptions
    kerb: KerbOptions
    timezone: str
    windows: Windows
    offence: Offence


def zone_of(name: str, options: ZoneOptions, kerb: KerbOptions, timezone: str) -> Zone:
    """Of a checked configuration, with the IANA name of the pole's time zone."""
    hours = windows(options.windows, timezone, options.holidays, options.holiday_dates)
    lawful = OFFENCES[kerb.jurisdiction][options.category]
    local = options.article is not None or options.fine_class is not None
    return Zone(name, options, kerb, timezone, hours, Offence(options.article, options.fine_class) if local else lawful)


class AdjacentVehicle(Struct, frozen=True):
    """A vehicle along which another one would stand double.

    Args:
        since: when it came.
        evidence: what tells of the two: "camera", or "both" where a bay sensor tells of this one.
    """

    since: Moment
    evidence: Literal["camera", "both"]


class OpenStay(Struct, frozen=True):
    """A vehicle in the zone, and how far it was told.

    Args:
        seen: when it was seen last. What stood there then may have left since, and be known of later.
        left: when it left; its stay has ended and is not aggregated yet.
        last_evaluated_s: unix seconds at which it counted last.
    """

    key: str
    entered: Moment
    seen: Moment
    left: Moment | None
    vehicle: str
    score: float
    stage: Stage = ""
    last_evaluated_s: float = _ALWAYS_S

    def standing_s(self, now: Moment) -> float:
        return max(0.0, (self.left or now).elapsed_since(self.entered) or 0.0)


def suspect(
    zone: Zone, stay: OpenStay, now: Moment, adjacent: AdjacentVehicle | None
) -> tuple[OpenStay, tuple[Event, ...]]:
    """Told once past the limit and, where there is a grace, once after it; anew in the next hours. Only what was seen
    counts: a vehicle that leaves shortly before its limit is known to have left after it."""
    events: list[Event] = []
    counted = _counted(zone, stay, now, adjacent)
    if counted is None:
        return stay, ()
    counted_s, opened_s = counted
    end = stay.left or stay.seen
    stage: Stage = "" if opened_s > stay.last_evaluated_s else stay.stage
    stay = structs.replace(stay, stage=stage, last_evaluated_s=end.unix_s)
    while (threshold_s := _threshold_s(zone, stay)) is not None and counted_s >= threshold_s - _ROUNDING_S:
        stay = structs.replace(stay, stage="grace" if stay.stage else "limit")
        data = _data(zone, stay, end, counted_s, adjacent)
        at = end.shifted_to(end.mono_s - counted_s + threshold_s)
        events.append(Event(type=KERB_SUSPECTED, subject=zone.name, at=at, data=data, priority=Priority.ALARM))
    return stay, tuple(events)


def wake_at_s(zone: Zone, stay: OpenStay, now: Moment, adjacent: AdjacentVehicle | None) -> Iterator[float]:
    """`mono_s` at which more may be told of a stay."""
    counted, threshold_s = _counted(zone, stay, now, adjacent), _threshold_s(zone, stay)
    if counted is not None and threshold_s is not None:
        yield now.mono_s + max(_PAUSE_S, threshold_s - counted[0])
    changes_s = zone.windows.next_change_s(now.unix_s)
    if changes_s is not None:
        yield now.mono_s + changes_s - now.unix_s


def _counted(zone: Zone, stay: OpenStay, now: Moment, adjacent: AdjacentVehicle | None) -> tuple[float, float] | None:
    """How long it counts, and unix seconds at which the hours of that began; None: it does not count now."""
    end = stay.left or stay.seen
    opened_s = _opened_s(zone.windows, end.unix_s)
    alone = bool(zone.options.beside) and adjacent is None
    if opened_s is None or alone or stay.vehicle in zone.options.exempt_classes:
        return None
    neighbour_s = end.elapsed_since(adjacent.since) if adjacent else None
    since = (stay.standing_s(end), end.unix_s - opened_s, *(() if neighbour_s is None else (neighbour_s,)))
    return max(0.0, min(since)), opened_s


def _opened_s(hours: Windows, unix_s: float) -> float | None:
    """When the hours of a moment began; None: it is in none."""
    if not hours.windows:
        return _ALWAYS_S
    return next((begin for begin, end in hours.around(unix_s) if begin <= unix_s < end), None)


def _threshold_s(zone: Zone, stay: OpenStay) -> float | None:
    """How long a stay counts when it is told next; None: never again."""
    if not stay.stage:
        return zone.options.limit_s
    grace_s = zone.options.grace_s
    return zone.options.limit_s + grace_s if stay.stage == "limit" and grace_s > 0 else None


def _data(
    zone: Zone, stay: OpenStay, now: Moment, counted_s: float, adjacent: AdjacentVehicle | None
) -> dict[str, object]:
    """`doubt` is 1 minus the detector's best score; that one vehicle stood there all the time is not proven by it."""
    authorisation = zone.kerb.authorisation
    return {
        "zone": zone.name,
        "category": zone.options.category,
        "article": zone.offence.article,
        "class": zone.offence.fine_class,
        "wording": "suspected",
        "stage": stay.stage,
        "vehicle": stay.vehicle,
        "suspected_since": stay.entered.utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "standing_s": round(stay.standing_s(now), 3),
        "counted_s": round(counted_s, 3),
        "limit_s": float(zone.options.limit_s),
        "evidence": adjacent.evidence if adjacent and zone.options.beside else "camera",
        "doubt": round(1.0 - stay.score, 3),
        "authorisation": authorisation.reference if authorisation else None,
        "simulated": authorisation is not None and authorisation.simulated,
    }
