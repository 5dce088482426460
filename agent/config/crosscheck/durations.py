"""How short and how long each duration may be: their type knows only that they are durations."""

from collections.abc import Iterator

from agent.config.messages import format_duration
from agent.config.problems import Report
from agent.config.reader import Table
from drivers.options import Seconds

RANGES: dict[tuple[str, str], tuple[str, str]] = {
    ("pole", "status_period_s"): ("1s", "1d"),
    # MQTT 5.0 section 3.1.2.10: two bytes of whole seconds; 0 would turn the keep-alive off.
    ("uplink", "keepalive_s"): ("5s", "18h"),
    ("store", "max_age_s"): ("1h", "3650d"),
    ("store", "gather_s"): ("0s", "1min"),
    ("kerb", "period_s"): ("1min", "1d"),
    ("parking", "statistics_period_s"): ("0s", "1d"),
    ("line", "timeout_s"): ("10ms", "10s"),
    ("line", "turnaround_s"): ("10ms", "10s"),
    ("line", "rs485_delay_before_send_s"): ("0ms", "100ms"),
    ("line", "rs485_delay_after_send_s"): ("0ms", "100ms"),
    ("sensor", "silence_s"): ("1s", "1h"),
    ("sensor", "period_s"): ("100ms", "1h"),
    ("sensor", "heartbeat_s"): ("10s", "7d"),
    ("sensor", "debounce_s"): ("0ms", "10s"),
    ("lorawan", "keepalive_s"): ("5s", "18h"),
    ("lorawan", "session_s"): ("1min", "90d"),
    ("sensor_health", "stuck_after_s"): ("1h", "365d"),
    ("sensor_health", "still_after_s"): ("10min", "365d"),
    ("bay", "dwell_s"): ("0s", "10min"),
    ("bay", "silence_s"): ("1s", "7d"),
    ("bay", "limit_s"): ("1s", "90d"),
    ("bay", "grace_s"): ("0s", "7d"),
    ("bay", "disagree_s"): ("10s", "1d"),
    ("rule", "limit_s"): ("0s", "90d"),
    ("rule", "grace_s"): ("0s", "7d"),
    ("lamp", "period_s"): ("100ms", "1h"),
    ("meter", "period_s"): ("100ms", "1h"),
    ("meter", "alarm_after_s"): ("0s", "1h"),
    ("lamp", "warm_up_s"): ("0s", "1h"),
    ("lamp", "alarm_after_s"): ("0s", "1h"),
    ("program", "ramp_s"): ("0s", "1h"),
    ("program", "stagger_s"): ("0s", "5min"),
    ("program", "hold_s"): ("5s", "1h"),
    ("camera", "period_s"): ("50ms", "1min"),
    ("camera", "recheck_s"): ("0s", "10min"),
    ("zone", "limit_s"): ("0s", "90d"),
    ("zone", "grace_s"): ("0s", "7d"),
}
"""(table, Python name of the key) -> shortest, longest."""


def check(config: Table, report: Report) -> None:
    for table in _all(config):
        for name, value in table.values.items():
            bounds = RANGES.get((str(table.path[0]), name))
            if bounds and isinstance(value, Seconds):
                _in_range(table, name, value, bounds, report)


def _in_range(table: Table, name: str, value: Seconds, bounds: tuple[str, str], report: Report) -> None:
    shortest, longest = bounds
    if not Seconds.parse(shortest) <= value <= Seconds.parse(longest):
        size = "short" if value < Seconds.parse(shortest) else "long"
        expected = f'expected "{shortest}" to "{longest}"'
        report.error(table.path, name.removesuffix("_s"), f"{format_duration(value)} is too {size}", expected)


def _all(table: Table) -> Iterator[Table]:
    """Every table below, entries of lists included."""
    for value in table.values.values():
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        for each in inside:
            if isinstance(each, Table):
                yield each
                yield from _all(each)
