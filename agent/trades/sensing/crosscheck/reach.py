"""[station.NAME]: windows that can never have a value, and thresholds that no value can pass."""

from agent.aggregation.bucket import AMOUNTS
from agent.config.crosscheck import profiles
from agent.config.problems import Report
from agent.config.reader import Table
from drivers.mapped import LineDevice
from drivers.translation import _


def check(config: Table, quantity: Table, report: Report) -> None:
    _covered(config, quantity, report)
    for each in quantity.values.get("threshold") or ():
        _passed(quantity, each, report)


def _covered(config: Table, quantity: Table, report: Report) -> None:
    """Readings that stand for less than the time between them leave too much of each window unknown."""
    given = quantity.values_of("device", "windows", "stands_s", "coverage")
    if given is None or not given[1]:
        return
    device, _windows, stands_s, coverage = given
    known = {**config.tables("sensor"), **config.tables("meter")}
    percent = 100.0
    if device in known:
        period_s = _period_s(config, known[device], str(quantity.values.get("reads")))
        percent *= _share(known[device], period_s, stands_s)
    if percent < coverage:
        what = _("at most {percent:.0f} % of a window is known, as {device} is read: no window has a value")
        what = what.format(percent=percent, device=device)
        report.warning(quantity.path, "stands", what, _("expected the time between two of its readings, or more"))


def _period_s(config: Table, device: Table, reads: str) -> float | None:
    """The time between two of its readings; None: it tells when it likes."""
    period_s: float | None = device.values.get("period_s")
    found = profiles.found(config, device) if period_s and issubclass(device.kind, LineDevice) else None
    register = found.tables.register.get(reads) if found is not None else None
    group = found.tables.poll.get(register.group) if found is not None and register is not None else None
    return period_s if group is None or period_s is None else max(period_s, group.period_s)


def _share(device: Table, period_s: float | None, stands_s: float) -> float:
    """The most of the time that readings of a device can stand for; 1 where it tells when it likes."""
    measure_s: float | None = device.values.get("measure_s")
    rest_s: float | None = device.values.get("rest_s")
    measured = min(1.0, stands_s / period_s) if period_s else 1.0
    if not measure_s or not rest_s:
        return measured
    return min(1.0, (measured * measure_s + stands_s) / (measure_s + rest_s))


def _passed(quantity: Table, threshold: Table, report: Report) -> None:
    """What is beyond `valid` or saturated is no value, so that a threshold there is never passed."""
    corrected = any(quantity.values.get(key) for key in ("calibration", "gas", "kappa"))
    if corrected or quantity.values.get("method") in {"vector", *AMOUNTS}:
        return
    above, below = threshold.values_of("above", "below") or (None, None)
    lowest, highest = quantity.values.get("valid") or (None, None)
    saturated = quantity.values.get("saturated")
    what = _("no value is ever beyond it: {key} = {value:g}")
    if above is not None and highest is not None and above >= highest:
        report.error(threshold.path, "above", what.format(key="valid", value=highest))
    elif above is not None and saturated is not None and above >= saturated:
        report.error(threshold.path, "above", what.format(key="saturated", value=saturated))
    elif below is not None and lowest is not None and below <= lowest:
        report.error(threshold.path, "below", what.format(key="valid", value=lowest))
