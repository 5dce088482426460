"""[station.NAME]: what its quantities are, and what is told of them."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal, get_args

from msgspec import Meta, field

from agent.aggregation.bucket import Method
from agent.aggregation.windows import Window
from agent.calendars.days import CalendarDay, Day
from agent.calendars.holidays import Country
from agent.trades.sensing.event_types import Pollutant, Setting, Standing
from agent.trades.sensing.units import OF_GAS
from drivers.options import Id, Options, Percent, Seconds
from drivers.place import Placed, Text
from drivers.serial.options import RUNNING, SINCE_CLEANING
from drivers.translation import N_

Gas = Literal["NO2", "NO", "O3", "SO2", "CO"]
LocalTime = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d\Z", description=N_('a local time, "22:00"'))]


class Calibration(Options, frozen=True, kw_only=True):
    """[[station.NAME.quantity.NAME.calibration]]: corrected = gain * raw + offset, from that day on.

    Args:
        date: local day from which it holds, "2026-11-03".
        points: in place of gain and offset: two values as read, each with what it should have been.
        who: made it.
        report: of the co-location, or of the laboratory.
    """

    date: date
    gain: float = 1.0
    offset: float = 0.0
    points: tuple[tuple[float, float], ...] = ()
    who: Text
    report: Text


class Threshold(Options, frozen=True, kw_only=True):
    """[[station.NAME.quantity.NAME.threshold]]: a value beyond which something is told, and where that ends.

    Args:
        name: for people.
        above, below: one of the two, in the unit of the quantity.
        ends: it is over at this value; None: at the limit itself.
        over: window whose value it looks at; None: each reading.
        lasts_s: readings must be beyond it for so long; of windows, so many in a row as that is long.
        hours: local times between which it holds, of windows those that lie in them; None: always.
        days: weekdays, "holiday", on which it does; none: every day. Hours across midnight are of the day on which they
            begin, and a public holiday of `holidays` of the station is no weekday.
        begin, end: `from` and `to` in the file, both included, "MM-DD" or "YYYY-MM-DD"; no end: `begin` alone.
        source: where the limit comes from.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"lasts_s": ("0s", "7d")}

    name: Id
    above: float | None = None
    below: float | None = None
    ends: float | None = None
    over: Window | None = None
    lasts_s: Seconds = Seconds(0.0)
    hours: tuple[LocalTime, LocalTime] | None = None
    days: tuple[Day, ...] = ()
    begin: CalendarDay | None = field(name="from", default=None)
    end: CalendarDay | None = field(name="to", default=None)
    source: Text | None = None


class Maintenance(Options, frozen=True, kw_only=True):
    """[[station.NAME.maintenance]]: after so many hours of running of a sensor something is due.

    Args:
        device: name of a [sensor.NAME] that tells its hours.
        what: is due: "fan" and "laser" by its hours of running, "cleaning" by those since it was cleaned.
        hours: of running.
    """

    MENTIONS: ClassVar[tuple[str, ...]] = ("device",)

    device: Id
    what: Literal["fan", "laser", "cleaning"]
    hours: Annotated[float, Meta(gt=0, le=1_000_000)]

    @property
    def reads(self) -> str:
        """The quantity that tells its hours."""
        return SINCE_CLEANING if self.what == "cleaning" else RUNNING


class QuantityOptions(Options, frozen=True, kw_only=True):
    """[station.NAME.quantity.NAME]: one figure of a device. NAME says how it is measured: laeq_db, lafmax_db.

    Args:
        device: name of a [sensor.NAME] or [meter.NAME].
        reads: quantity of its readings.
        unit: of these, in UCUM.
        method: how it is averaged; "gain": what a counter gained; "sum": amounts, each counted in the time that it
            stands for; "none": a state, an index or a counter is not.
        windows: over which it is told.
        stands_s: a reading stands for so much of the time before it.
        late_s: a window waits so long for records that come late.
        coverage: share of a window that must be known for its value to count, %.
        resolution: values are told in steps of it.
        valid: what lies outside was not measured.
        invalid: values that mean that there is none.
        saturated: a value from which on the device is at the end of what it can measure.
        warm_up_s: what a device tells so long after it has come back is not used.
        gas, celsius, hpa: of a quantity in ppb or ppm: told in ug/m3 or mg/m3 of that gas, at this temperature and
            this pressure.
        pollutant: what of the air it is, where the directive has limits for it; of `gas` it is that gas.
        speed: of a direction: quantity by which it counts.
        speed_device: that tells it; None: the same device.
        humidity: quantity, %; a value is doubtful above `doubtful_above` percent.
        humidity_device: that tells it; None: the same device.
        kappa: of particles: they are corrected for their growth in that humidity, by this hygroscopicity; None:
            humidity corrects nothing.
        fastest: a change of more than this in a second is a fault, in the unit; of a "gain" no more is believed.
        wraps: of a "gain": behind its highest value the counter is at 0 again, that much farther; None: it never is.
        stuck_s: the very same value for so long is a fault.
        calibrate_every_s: a calibration is due so long after the last one.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "stands_s": ("100ms", "1h"),
        "late_s": ("0s", "1d"),
        "warm_up_s": ("0s", "1d"),
        "stuck_s": ("1min", "365d"),
        "calibrate_every_s": ("1d", "3650d"),
    }
    MENTIONS: ClassVar[tuple[str, ...]] = ("device", "speed_device", "humidity_device")

    device: Id
    reads: Annotated[str, Meta(min_length=1, max_length=48)]
    unit: str
    method: Method
    windows: Annotated[tuple[Window, ...], Meta(min_length=1, max_length=8)] = ()
    stands_s: Seconds
    late_s: Seconds = Seconds(60.0)
    coverage: Percent = 75.0
    resolution: Annotated[float, Meta(gt=0)] | None = None
    valid: tuple[float, float] | None = None
    invalid: Annotated[tuple[float, ...], Meta(max_length=16)] = ()
    saturated: float | None = None
    warm_up_s: Seconds = Seconds(0.0)
    gas: Gas | None = None
    celsius: Annotated[float, Meta(ge=-60, le=60)] | None = None
    hpa: Annotated[float, Meta(ge=500, le=1100)] | None = None
    pollutant: Pollutant | None = None
    speed: str | None = None
    speed_device: Id | None = None
    humidity: str | None = None
    humidity_device: Id | None = None
    doubtful_above: Percent | None = None
    kappa: Annotated[float, Meta(gt=0, le=2)] | None = None
    fastest: Annotated[float, Meta(gt=0)] | None = None
    wraps: Annotated[float, Meta(gt=0)] | None = None
    stuck_s: Seconds | None = None
    calibrate_every_s: Seconds | None = None
    calibration: tuple[Calibration, ...] = ()
    threshold: tuple[Threshold, ...] = ()

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices whose readings it is made of, its own first."""
        others = (self.speed_device, self.humidity_device)
        return (self.device, *(each for each in others if each is not None))

    @property
    def told_unit(self) -> str:
        """The unit in which it is told."""
        return self.unit if self.gas is None else OF_GAS.get(self.unit, self.unit)

    @property
    def told_pollutant(self) -> Pollutant | None:
        """The pollutant of the air that it is; None: none for which there are limits."""
        known = {each: each for each in get_args(Pollutant)}
        return self.pollutant or known.get(self.gas or "")


class SensingOptions(Options, frozen=True):
    """[sensing]: what all stations of the pole share.

    Args:
        keep_days: of which the hours are kept for `lamppost report`: a month can be drawn until the end of the next.
        lden_hours: local times at which day, evening and night begin; None: as the jurisdiction of the pole has them.
    """

    keep_days: Annotated[int, Meta(ge=62, le=3650)] = 400
    lden_hours: tuple[LocalTime, LocalTime, LocalTime] | None = None


class StationOptions(Placed, frozen=True):
    """[station.NAME]: quantities that are told together.

    Args:
        standing: "reference" and "indicative" are methods of directive (EU) 2024/2881, shown to be as good as it asks;
            all else is a "sensor", of which no legal exceedance is told.
        setting: what most of the pollution there comes from, as the directive tells its stations apart.
        holidays: which public holidays are computed, for thresholds of some days.
        index: "eaqi": the European Air Quality Index of each hour is told.
    """

    standing: Standing = "sensor"
    setting: Setting | None = None
    holidays: Country = "none"
    index: Literal["eaqi"] | None = None
    quantity: dict[Id, QuantityOptions] = field(default_factory=dict)
    maintenance: tuple[Maintenance, ...] = ()
