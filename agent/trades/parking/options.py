"""The parking tables of the configuration file."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, field

from agent.calendars import Country, WindowOptions
from agent.regulation.offences import Jurisdiction
from drivers.options import Id, Options, Seconds

BayCategory = Literal[
    "general",
    "blue_zone",
    "disabled",
    "loading",
    "ev_charging",
    "taxi",
    "bus",
    "cash_transport",
    "short_stop",
    "no_parking",
]

Outside = Literal["restart", "pause", "run"]
"""What the hours between two windows do to the time that counts."""

Counts = Annotated[int, Meta(ge=-32768, le=32767)]
Words = Annotated[str, Meta(min_length=2, max_length=80)]
LocalDateTime = Annotated[
    str, Meta(description='date and local time in quotes: "2026-12-24 06:00"', min_length=16, max_length=16)
]


class ParkingOptions(Options, frozen=True):
    """[parking]: what all bays of the pole share.

    Args:
        jurisdiction: table of offences that names articles.
        rules_file: a second file with [rule.NAME] tables alone, for all poles of a town.
        statistics_period_s: time between two `bay.statistics` of a group, from local midnight on; 0: none are told.
        keep_days: of which the figures are kept, beside today.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"statistics_period_s": ("0s", "1d")}

    jurisdiction: Jurisdiction = "fr"
    rules_file: str | None = None
    statistics_period_s: Seconds = Seconds(3600)
    keep_days: Annotated[int, Meta(ge=1, le=90)] = 90


class TemporaryOrder(Options, frozen=True):
    """What holds for a while in place of a rule: a market, snow, works.

    Args:
        name: as the city shall read it.
        rule: the [rule.NAME] that applies; None: none does, nobody is told of any stay.
        begin, end: `from` and `to` in the file; None: without end on that side.
        windows: hours of these days; none: all.
    """

    REFERS: ClassVar[Mapping[str, str]] = {"rule": "rule"}

    name: Words
    rule: Id | None = None
    begin: LocalDateTime | None = field(name="from", default=None)
    end: LocalDateTime | None = field(name="to", default=None)
    windows: tuple[WindowOptions, ...] = ()


class RuleOptions(Options, frozen=True):
    """[rule.NAME]: the local order for a kind of bay.

    Args:
        category: what the order makes of the place.
        limit_s: how long one vehicle may stand; 0: not at all; None: no limit.
        grace_s: after the limit, before the overstay is repeated as final.
        windows: when the limit holds; none: always.
        outside: hours between two windows let the time begin anew ("restart"), stand still ("pause") or go on ("run").
        holidays: which public holidays are computed. A holiday is no weekday.
        holiday_dates: further ones.
        exempt: whom the order exempts and no sensor can tell, for whoever comes to look.
        exempt_tags: tags of vehicles that no overstay is told of, as the sensor reads them.
        article, fine_class: of the local order, in place of those of the jurisdiction.
        orders: the first that holds decides.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"limit_s": ("0s", "90d"), "grace_s": ("0s", "7d")}

    category: BayCategory
    limit_s: Seconds | None = None
    grace_s: Seconds = Seconds(0)
    windows: tuple[WindowOptions, ...] = ()
    outside: Outside = "restart"
    holidays: Country = "none"
    holiday_dates: tuple[dt.date, ...] = ()
    exempt: tuple[Words, ...] = ()
    exempt_tags: tuple[Words, ...] = ()
    article: Words | None = None
    fine_class: Annotated[int, Meta(ge=1, le=5)] | None = None
    orders: tuple[TemporaryOrder, ...] = ()


class RulesFile(Options, frozen=True):
    """The second file that [parking] rules_file names."""

    rule: dict[Id, RuleOptions] = field(default_factory=dict)


class BayOptions(Options, frozen=True):
    """[bay.NAME]

    Args:
        sensor: name of its [sensor.NAME].
        also: further sensors and zones that see the same bay; the first that speaks, `sensor` before them, decides.
        rule: name of its [rule.NAME], in place of the next three.
        category: what the local order makes of the place.
        limit_s: how long one vehicle may stand; None: no limit.
        grace_s: after the limit, before the overstay is repeated as final.
        decide_by: which of the values of `sensor` decides; None: the one that its kind is made for.
        occupied_below_mm, free_above_mm: two thresholds with a dead band between them ("distance").
        empty_field: x, y and z of the empty bay at its installation ("field"); slow drift is followed.
        field_change: how far a vehicle changes the field at least, in the units of the sensor ("field").
        votes, votes_of: of `sensor`: a new state needs so many of so many readings; None: by the kind of sensor.
        dwell_s: of `sensor`: a new state must hold that long before it counts; None: by the kind of sensor.
        silence_s: of `sensor`: no reading for that long: the state is unknown; the stay goes on. None: 2.5 times the
            time between two readings, 30 s at least.
        disagree_s: sources that contradict each other for that long are reported.
        group: bays that the city counts together, by a name of their own; None: with all that have none.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "limit_s": ("1s", "90d"),
        "grace_s": ("0s", "7d"),
        "dwell_s": ("0s", "10min"),
        "silence_s": ("1s", "7d"),
        "disagree_s": ("10s", "1d"),
    }
    REFERS: ClassVar[Mapping[str, str]] = {"sensor": "sensor", "rule": "rule"}
    MENTIONS: ClassVar[tuple[str, ...]] = ("also",)
    TELLS_PRESENCE: ClassVar[bool] = True

    sensor: Id
    also: Annotated[tuple[Id, ...], Meta(max_length=4)] = ()
    rule: Id | None = None
    category: BayCategory = "general"
    limit_s: Seconds | None = None
    grace_s: Seconds = Seconds(0)
    decide_by: Literal["occupied", "distance", "field"] | None = None
    occupied_below_mm: Annotated[int, Meta(ge=30, le=10000)] = 1200
    free_above_mm: Annotated[int, Meta(ge=30, le=10000)] = 1500
    empty_field: tuple[Counts, Counts, Counts] | None = None
    field_change: Annotated[int, Meta(ge=1, le=32767)] = 100
    votes: Annotated[int, Meta(ge=1, le=15)] | None = None
    votes_of: Annotated[int, Meta(ge=1, le=15)] | None = None
    dwell_s: Seconds | None = None
    silence_s: Seconds | None = None
    disagree_s: Seconds = Seconds(600)
    group: Id | None = None
