"""What is told of a window of a quantity that is over (pure)."""

from msgspec import UNSET

from agent.aggregation.series import Result
from agent.calendars import local_date
from agent.clock import rfc3339
from agent.trades.sensing import judged, units
from agent.trades.sensing.event_types import SensingObservation
from agent.trades.sensing.state import Turn


def observation(turn: Turn, found: Result, raw: Result | None) -> SensingObservation:
    """
    Args:
        raw: the same window of the values without calibration; None: there is none.
    """
    unit, known_s = turn.options.told_unit, found.known_s or 0.0
    day, evening, night = (*(_shown(turn, level) for level in found.levels), UNSET, UNSET, UNSET)[:3]
    is_wind, is_humid = turn.options.method == "vector", turn.options.doubtful_above is not None
    return SensingObservation(
        quantity=turn.name,
        method=turn.options.method,
        window=found.window,
        begin=rfc3339(found.begin_s),
        end=rfc3339(found.end_s),
        value=_shown(turn, found.value),
        unit=unit,
        unit_code=units.UNITS[unit] or UNSET,
        coverage_percent=round(100 * min(1.0, found.coverage), 1),
        minimum=_shown(turn, found.low),
        maximum=_shown(turn, found.high),
        standing=turn.station.options.standing,
        raw_value=UNSET if raw is None else _shown(turn, raw.value),
        correction=_correction(turn, found) or UNSET,
        calm_percent=_percent(found.calm_s, known_s) if is_wind and known_s else UNSET,
        doubtful_percent=_percent(found.doubtful_s, known_s) if is_humid and known_s else UNSET,
        day_db=day,
        evening_db=evening,
        night_db=night,
        late=found.late,
        weighed_by=turn.options.speed or UNSET,
    )


def _percent(part_s: float, whole_s: float) -> float:
    return round(100 * part_s / whole_s, 1)


def _correction(turn: Turn, found: Result) -> str:
    """What was done to its values: where a calibration begins within it, that before it and that from it on."""
    options, days = turn.options, (found.begin_s, found.end_s - 1)
    corrections = (judged.correction_on(options.calibration, local_date(day, turn.station.timezone)) for day in days)
    return " | ".join(dict.fromkeys(judged.words(options, each) for each in corrections if judged.words(options, each)))


def _shown(turn: Turn, value: float | None) -> float | None:
    return None if value is None else turn.rounded(value)
