"""The lighting tables of the configuration file."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, field

from agent.calendars import CalendarDay, Country, Day
from drivers.lamp import LampDevice
from drivers.options import Id, Options, Percent, Seconds

Watts = Annotated[float, Meta(ge=0.1, le=100_000)]
"""TALQ 2.7.1, LampType.wattage: at most 100 kW."""

Operation = Literal["Set", "Max", "Min", "Add", "Sub", "Mul"]
"""How a level joins the one that was there (TALQ 2.7.1, EffectOperation)."""

CurvePoint = tuple[Annotated[float, Meta(ge=0, le=1_000_000)], Annotated[float, Meta(ge=0, le=1_000_000)]]


class DimStep(Options, frozen=True):
    """The level from `at` on, until the next step or the end of the night.

    Args:
        at: local time "HH:MM", or a sun event with an offset ("dusk+30min").
    """

    at: str
    level_percent: Percent


class Adjustment(Options, frozen=True):
    """What changes the level of the steps between two times of the night.

    Args:
        begin, end: `from` and `to` in the file, times as in `on`; None: that end of the night.
        level_percent: for "Mul" a factor: 60 makes 50 % of 30 %.
    """

    operation: Operation
    level_percent: Percent
    begin: str | None = field(name="from", default=None)
    end: str | None = field(name="to", default=None)


class Presence(Options, frozen=True):
    """What changes the level while somebody is there (TALQ 2.7.1, DynamicControl).

    Args:
        by: bays and zones, or groups of these (a vehicle comes or goes), and devices that report "presence".
        hold_s: after the last sign of presence.
        ramp_s: up to the level, and down again after `hold_s`.
        begin, end: `from` and `to` in the file, times as in `on`; None: that end of the night.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"hold_s": ("5s", "1h"), "ramp_s": ("0s", "1h")}

    by: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=16)]
    level_percent: Percent = 100.0
    operation: Operation = "Max"
    hold_s: Seconds = Seconds(120)
    ramp_s: Seconds = Seconds(0)
    begin: str | None = field(name="from", default=None)
    end: str | None = field(name="to", default=None)


class ProgramOptions(Options, frozen=True):
    """[program.NAME]: one night.

    Args:
        on, off: "sunset", "sunrise", "dusk", "dawn" (civil) with an offset ("sunset-10min"), or local time "HH:MM";
            "dark" and "light": as `photocell` says.
        level_percent: from `on` until the first step.
        steps: dimming inside the night.
        adjust, presence: applied over the steps, in this order, inside the night.
        ramp_s: how long a change of the steps takes (TALQ 2.7.1, rampToLevelTime).
        stagger_s: lamps of one program switch on spread over this time.
        photocell: device that reports "dark"; what decides while the clock is not trusted.
        groups: of lamps that follow it where they name neither a program nor a calendar.
    """

    SERVES: ClassVar[tuple[str, ...]] = ("groups",)
    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"ramp_s": ("0s", "1h"), "stagger_s": ("0s", "5min")}

    on: str = "sunset"
    off: str = "sunrise"
    level_percent: Percent = 100.0
    steps: tuple[DimStep, ...] = ()
    adjust: tuple[Adjustment, ...] = ()
    presence: tuple[Presence, ...] = ()
    ramp_s: Seconds = Seconds(0)
    stagger_s: Seconds = Seconds(0)
    photocell: Id | None = None
    groups: tuple[Id, ...] = ()


class CalendarRule(Options, frozen=True):
    """Days of a calendar and their program; the first rule that a day fits decides (TALQ 2.7.1, CalendarRule).

    Args:
        days: weekdays, "holiday"; none: any day of the range.
        begin, end: `from` and `to` in the file, both included, "MM-DD" or "YYYY-MM-DD"; no end: `begin` alone.
    """

    REFERS: ClassVar[Mapping[str, str]] = {"program": "program"}

    program: Id
    days: tuple[Day, ...] = ()
    begin: CalendarDay | None = field(name="from", default=None)
    end: CalendarDay | None = field(name="to", default=None)


class CalendarOptions(Options, frozen=True):
    """[calendar.NAME]: which program on which night; a night belongs to the local date on which it begins.

    Args:
        program: on days that no rule fits.
        holidays: which public holidays are computed.
        holiday_dates: further ones.
    """

    REFERS: ClassVar[Mapping[str, str]] = {"program": "program"}

    program: Id
    rules: tuple[CalendarRule, ...] = ()
    holidays: Country = "none"
    holiday_dates: tuple[dt.date, ...] = ()


class LampOptions(LampDevice, frozen=True):
    """[lamp.NAME]: the device, and what it follows.

    Args:
        program: name of its [program.NAME]; None: always `default_level_percent`.
        calendar: name of its [calendar.NAME], in place of a program.
        default_level_percent: with no program and no override, and while nothing tells day from night.
        floor_percent: the least level at which the lamp burns when it burns: its class of EN 13201.
        lumen_depreciation_curve: (burning hours, % of the level), rising; constant light output (TALQ 2.7.1, CLO).
        wattage_w: what lamp and gear draw at 100 %; None: their power is not judged, and no energy estimated.
        power_tolerance_percent: of the wattage, by which the power may differ from what the level explains.
        warm_up_s: so long after switching on and after each change of level nothing is judged.
        alarm_after_s: what is wrong must last so long to be told, and be right as long to be told as over.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"warm_up_s": ("0s", "1h"), "alarm_after_s": ("0s", "1h")}
    REFERS: ClassVar[Mapping[str, str]] = {"program": "program", "calendar": "calendar"}

    program: Id | None = None
    calendar: Id | None = None
    default_level_percent: Percent = 100.0
    floor_percent: Percent = 0.0
    lumen_depreciation_curve: Annotated[tuple[CurvePoint, ...], Meta(max_length=16)] = ()
    wattage_w: Watts | None = None
    power_tolerance_percent: Annotated[float, Meta(ge=1, le=100)] = 20.0
    warm_up_s: Seconds = Seconds(60.0)
    alarm_after_s: Seconds = Seconds(60.0)
