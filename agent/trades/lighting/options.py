"""The lighting tables of the configuration file."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, field

from agent.calendars import CalendarDay, Country, DateRange, Day, Month, Nth, School, Week
from drivers.gpio.options import BiasName, Offset, OutputLine
from drivers.lamp import Channel, DaliGroup, LampDevice, ShortAddress
from drivers.lorawan.options import DevEui, DeviceId, LorawanLamp
from drivers.options import Id, Kelvin, Options, Percent, Seconds, Unit
from drivers.place import Placed
from drivers.profile import Fault, Name

Watts = Annotated[float, Meta(ge=0.1, le=100_000)]
"""TALQ 2.7.1, LampType.wattage: at most 100 kW."""

Lux = Annotated[float, Meta(ge=1, le=2000)]

Operation = Literal["Set", "Max", "Min", "Add", "Sub", "Mul"]
"""How a level joins the one that was there (TALQ 2.7.1, EffectOperation)."""

CurvePoint = tuple[Annotated[float, Meta(ge=0, le=1_000_000)], Annotated[float, Meta(ge=0, le=1_000_000)]]


class DimStep(Options, frozen=True):
    """The level from `at` on, until the next step or the end of the night.

    Args:
        at: local time "HH:MM", a sun event with an offset ("dusk+30min"), or one from the middle of the night
            ("middle-2h").
        ramp_s: how long the change to this level takes; None: as the program's.
        colour_temperature_k: of the light, from then on; None: as the program's.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"ramp_s": ("0s", "1h")}

    at: str
    level_percent: Percent
    ramp_s: Seconds | None = None
    colour_temperature_k: Kelvin | None = None


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


class LuxThreshold(Options, frozen=True):
    """What makes a device that measures light a photocell (TALQ 2.7.1, photocell levels).

    Args:
        quantity: which of its quantities, in lx.
        on_below_lx, off_above_lx: it is dark from the one on, and light from the other, lx.
        dwell_s: it must measure that for so long before it counts.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"dwell_s": ("0s", "10min")}

    quantity: Name
    on_below_lx: Lux
    off_above_lx: Lux
    dwell_s: Seconds = Seconds(60)


class ProgramOptions(Options, frozen=True):
    """[program.NAME]: one night.

    Args:
        on, off: "sunset", "sunrise", "dusk", "dawn" (civil; "nautical_dusk" ... "astronomical_dawn") with an offset
            ("sunset-10min"), or local time "HH:MM"; "dark" and "light": as `photocell` says.
        level_percent: from `on` until the first step.
        steps: dimming inside the night.
        adjust, presence: applied over the steps, in this order, inside the night.
        ramp_s: how long a change of the steps takes (TALQ 2.7.1, rampToLevelTime).
        stagger_s: lamps of one program switch on spread over this time.
        photocell: device that reports "dark", or lux; what decides while the clock is not trusted.
        lux: from which light on it is dark; None: the photocell says so itself.
        colour_temperature_k: of the light where no step says another; None: as the lamp's.
        groups: of lamps that follow it where they name neither a program nor a calendar.
    """

    SERVES: ClassVar[tuple[str, ...]] = ("groups",)
    ORDERED_BY: ClassVar[tuple[str, ...]] = ("lighting-calendar",)
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
    lux: LuxThreshold | None = None
    colour_temperature_k: Kelvin | None = None
    groups: tuple[Id, ...] = ()


class CalendarRule(Options, frozen=True):
    """Days of a calendar and their program; the first rule that a day fits decides (TALQ 2.7.1, CalendarRule).

    Args:
        days: weekdays, "holiday"; none: any day of the range.
        begin, end: `from` and `to` in the file, both included, "MM-DD" or "YYYY-MM-DD"; no end: `begin` alone.
        months: 1 to 12.
        weeks: of the year by ISO 8601.
        nth: the first, second, ... weekday of its name in a month; -1: the last one.
        school: school days, or school holidays, as the calendar lists these.
    """

    REFERS: ClassVar[Mapping[str, str]] = {"program": "program"}

    program: Id
    days: tuple[Day, ...] = ()
    begin: CalendarDay | None = field(name="from", default=None)
    end: CalendarDay | None = field(name="to", default=None)
    months: tuple[Month, ...] = ()
    weeks: tuple[Week, ...] = ()
    nth: tuple[Nth, ...] = ()
    school: School | None = None


class CalendarOptions(Options, frozen=True):
    """[calendar.NAME]: which program on which night; a night belongs to the local date on which it begins.

    Args:
        program: on days that no rule fits.
        holidays: which public holidays are computed.
        holiday_dates: further ones.
        school_holidays: when no school is held; of days before the first and after the last of them nothing is known.
    """

    REFERS: ClassVar[Mapping[str, str]] = {"program": "program"}

    program: Id
    rules: tuple[CalendarRule, ...] = ()
    holidays: Country = "none"
    holiday_dates: tuple[dt.date, ...] = ()
    school_holidays: tuple[DateRange, ...] = ()


class LampKeys(Placed, frozen=True):
    """[lamp.NAME], whatever its device: what it follows, and how it is watched.

    Args:
        program: name of its [program.NAME]; None: always `default_level_percent`.
        calendar: name of its [calendar.NAME], in place of a program.
        default_level_percent: with no program and no override, and while nothing tells day from night.
        default_colour_temperature_k: where no program and no override says another; None: the lamp has no colour
            temperature, or keeps its own.
        floor_percent: the least level at which the lamp burns when it burns: its class of EN 13201.
        lumen_depreciation_curve: (burning hours, % of the level), rising; constant light output (TALQ 2.7.1, CLO).
        wattage_w: what lamp and gear draw at 100 %; None: their power is not judged, and no energy estimated.
        power_curve: (level in %, W), rising, as measured; it goes before the straight line from standby to wattage.
        standby_w: what they draw when they are off.
        power_tolerance_percent: of the expected power, by which the power may differ from it.
        warm_up_s: so long after switching on and after each change of level nothing is judged.
        alarm_after_s: what is wrong must last so long to be told, and be right as long to be told as over.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"warm_up_s": ("0s", "1h"), "alarm_after_s": ("0s", "1h")}
    REFERS: ClassVar[Mapping[str, str]] = {"program": "program", "calendar": "calendar"}

    program: Id | None = None
    calendar: Id | None = None
    default_level_percent: Percent = 100.0
    default_colour_temperature_k: Kelvin | None = None
    floor_percent: Percent = 0.0
    lumen_depreciation_curve: Annotated[tuple[CurvePoint, ...], Meta(max_length=16)] = ()
    wattage_w: Watts | None = None
    power_curve: Annotated[tuple[CurvePoint, ...], Meta(max_length=16)] = ()
    standby_w: Annotated[float, Meta(ge=0, le=100)] = 0.5
    power_tolerance_percent: Annotated[float, Meta(ge=1, le=100)] = 20.0
    warm_up_s: Seconds = Seconds(60.0)
    alarm_after_s: Seconds = Seconds(60.0)


class LampOptions(LampDevice, LampKeys, frozen=True, kw_only=True, tag_field="kind", tag="modbus"):
    """[lamp.NAME] kind = "modbus", as where none is named: a controller on a line, by its profile.

    Args:
        line, unit, profile: see `LineDevice`.
        channel, short_address, dali_group, period_s, failsafe_level_percent: see `LampDevice`.
        faults: of this lamp, beside those that its profile declares.
    """

    USUAL: ClassVar[bool] = True

    line: Id
    unit: Unit
    profile: Id
    channel: Channel | None = None
    short_address: ShortAddress | None = None
    dali_group: DaliGroup | None = None
    period_s: Seconds = Seconds(1.0)
    failsafe_level_percent: Percent = 100.0
    faults: tuple[Fault, ...] = ()


class GpioLampOptions(OutputLine, LampKeys, frozen=True, kw_only=True, tag_field="kind", tag="gpio"):
    """[lamp.NAME] kind = "gpio": a relay or a contactor on an output line of a GPIO chip; it only switches.

    Args:
        chip, offset, active, contact_offset, contact_active, contact_bias, settle_s, period_s: see `OutputLine`.
    """

    chip: str
    offset: Offset
    active: Literal["high", "low"] = "high"
    contact_offset: Offset | None = None
    contact_active: Literal["high", "low"] = "low"
    contact_bias: BiasName = "pull-up"
    settle_s: Seconds = Seconds(1.0)
    period_s: Seconds = Seconds(1.0)


class LorawanLampOptions(LorawanLamp, LampKeys, frozen=True, kw_only=True, tag_field="kind", tag="lorawan"):
    """[lamp.NAME] kind = "lorawan": an output of a controller of class C behind a network server; it only switches.

    Args:
        network, dev_eui, model, device_id: see `LorawanDevice`.
        channel: see `LorawanLamp`.
        heartbeat_s: it reports within that time even when nothing has changed, as it was set.
    """

    network: Id
    dev_eui: DevEui
    model: Id
    channel: Channel = 0
    device_id: DeviceId | None = None
    heartbeat_s: Seconds


AnyLamp = LampOptions | GpioLampOptions | LorawanLampOptions
"""Every kind of [lamp.NAME]."""
