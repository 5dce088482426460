"""What is told of stations."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from agent.aggregation.bucket import Method
from agent.aggregation.windows import Window
from agent.events import Data, Priority
from agent.events.alarms import AlarmData
from agent.events.registry import Count, Percent, Time, event_type

Standing = Literal["reference", "indicative", "sensor"]
Setting = Literal["traffic", "industrial", "background"]
Pollutant = Literal["PM2.5", "PM10", "NO2", "O3", "SO2", "CO"]

SENSING_OBSERVATION = "sensing.observation"
SENSING_INDEX = "sensing.index"
SENSING_THRESHOLD = "sensing.threshold"
SENSING_MAINTENANCE = "sensing.maintenance"

Due = Literal["fan", "laser", "cleaning", "calibration"]
CALIBRATION: Due = "calibration"


@event_type(SENSING_OBSERVATION, priority=Priority.EVENT)
class SensingObservation(Data, frozen=True, kw_only=True):
    """What a quantity of a station came to over a window that is over. A window of which nothing is known is not told.

    Args:
        quantity: its name.
        method: how it was aggregated.
        window: over which; "gap": a counter was not read, and nobody knows when in that time it gained this. It is in
            the windows that have all of that time; with the value null, it was set back or showed what cannot be.
        begin, end: UTC.
        value: null: too little of the window is known, or it has none (the direction of a calm).
        unit: UCUM.
        unit_code: UN/CEFACT recommendation 20; absent: there is none.
        coverage_percent: share of the window that is known; of eight hours, of the hours that count.
        minimum, maximum: of the readings; null: not told of this method and window.
        standing: of the data; only of "reference" and "indicative" may be said that they meet the directive.
        raw_value: the value without correction, in the same unit; absent: nothing was corrected.
        correction: what was done to it in its order, with the date and the report of a calibration; absent: nothing.
        calm_percent: of a direction, share of what is known that had none.
        doubtful_percent: share of what is known in which humidity made it doubtful.
        day_db, evening_db, night_db: of Lden; null: too little is known.
        late: readings that came too late for the windows before.
        weighed_by: of a direction, the quantity by whose values it counts; absent: each reading counts as much.
    """

    quantity: str
    method: Method
    window: Window | Literal["gap"]
    begin: Time
    end: Time
    value: float | None
    unit: str
    unit_code: str | UnsetType = UNSET
    coverage_percent: Percent
    minimum: float | None
    maximum: float | None
    standing: Standing
    raw_value: float | UnsetType | None = UNSET
    correction: str | UnsetType = UNSET
    calm_percent: Percent | UnsetType = UNSET
    doubtful_percent: Percent | UnsetType = UNSET
    day_db: float | UnsetType | None = UNSET
    evening_db: float | UnsetType | None = UNSET
    night_db: float | UnsetType | None = UNSET
    late: Count
    weighed_by: str | UnsetType = UNSET


@event_type(SENSING_INDEX, priority=Priority.EVENT)
class SensingIndex(Data, frozen=True, kw_only=True):
    """The European Air Quality Index of a station over an hour; of one of which nothing is known there is none.

    Args:
        index, version: which table it is reckoned by; other versions have other bounds.
        begin, end: UTC.
        level: 1 is the best of six; null: a pollutant is missing that a station of this setting needs.
        category: name of the level; null: there is none.
        by_pollutant: the level of each pollutant whose hour is known.
        missing: what it needs; "PM2.5|PM10" is one of the two.
        setting: type of the station.
        standing: of the data.
    """

    index: Literal["European Air Quality Index"]
    version: Literal["EEA 2024"]
    begin: Time
    end: Time
    level: Annotated[int, Meta(ge=1, le=6)] | None
    category: str | None
    by_pollutant: dict[Pollutant, Annotated[int, Meta(ge=1, le=6)]]
    missing: tuple[str, ...]
    setting: Setting
    standing: Standing


@event_type(SENSING_THRESHOLD, priority=Priority.ALARM)
class SensingThreshold(AlarmData, frozen=True):
    """A quantity of a station is beyond a threshold, or no longer. Of a sensor, this is no exceedance of a limit value.

    Args:
        threshold: its name.
        value: what is beyond it, or within it again.
        limit: beyond which it begins.
        window: whose value it is; absent: a reading.
        source: of the limit; absent: none is named.
    """

    quantity: str
    threshold: str
    value: float
    limit: float
    unit: str
    standing: Standing
    window: Window | UnsetType = UNSET
    source: str | UnsetType = UNSET


@event_type(SENSING_MAINTENANCE, priority=Priority.EVENT)
class SensingMaintenance(AlarmData, frozen=True):
    """Something has to be done at a sensor of a station, or was done.

    Args:
        what: "fan", "laser": it has run its hours; "cleaning": it is to be cleaned; "calibration": of a quantity.
        hours: of running, since it was new or cleaned; absent: of a calibration.
        limit_h: after how many it is due; absent: of a calibration.
        quantity: that is to be calibrated; absent: it is the sensor as a whole.
        since: local day from which the calibration is due; absent: of hours.
    """

    what: Due
    hours: float | UnsetType = UNSET
    limit_h: float | UnsetType = UNSET
    quantity: str | UnsetType = UNSET
    since: str | UnsetType = UNSET
