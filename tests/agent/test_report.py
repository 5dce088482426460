"""What the pole says of itself."""

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from agent import report
from agent.cli.status import _device_lines
from agent.events.pole import Health
from drivers.base import Reading

FULL: dict[str, Any] = {
    "version": "0.1.0",
    "uptime_s": 12.5,
    "clock": {"trusted": True, "source": "ntp", "max_error_s": 0.01},
    "box": {
        "disk": {"free_bytes": 0, "free_percent": 0.0, "read_only": True},
        "temperature_c": 61.3,
        "under_voltage": False,
    },
    "configuration": {"path": "/etc/lamppost/lamppost.toml", "sha256": "ab" * 32, "source": "file"},
}
NOTHING = {"disk": None, "temperature_c": None, "under_voltage": None}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, ("ntp", 0.0, 61.3, False, "ab" * 32)),
        ({"box": NOTHING, "configuration": None}, ("ntp", None, None, None, None)),
    ],
    ids=["all", "nothing"],
)
def test_what_a_fleets_table_shows(more: dict[str, Any], told: tuple[Any, ...]) -> None:
    health = msgspec.convert(report.health(FULL | more), Health, strict=True)
    assert (health.version, health.uptime_s) == ("0.1.0", 12.5)
    shown = (health.clock_source, health.disk_free_percent, health.temperature_c, health.under_voltage)
    assert (*shown, health.config_sha256) == told


class Told:
    """What a supervisor tells of a device that said its level long ago, and something else just now."""

    name, dropped_bytes, dropped, figures = "lamp-1", None, {}, {}
    left_out = ("active_power_w",)

    def __init__(self, reach: str, down_because: str | None = None, doubt: str = "") -> None:
        self._reach, self.down_because, self.readings = reach, down_because, SimpleNamespace(doubt=doubt)

    def age_s(self, now_s: float) -> float:
        return now_s - 95.0

    def shown(self, now_s: float) -> Reading:
        return Reading("lamp-1", "uptime_s", 7, 95.0)

    def reach(self, now_s: float) -> str:
        return self._reach

    def old(self, now_s: float) -> dict[str, Reading]:
        return {"level_percent": Reading("lamp-1", "level_percent", 40.0, 5.0)}


OLD = {"last_values": {"level_percent": {"value": 40.0, "age_s": 95.0}}, "left_out": ["active_power_w"]}


@pytest.mark.parametrize(
    ("device", "row"),
    [
        (Told("up"), {"state": "up", "last_reading_age_s": 5.0, "uptime_s": 7}),
        (Told("stale"), {"state": "stale", "reason": "it has no value to tell for 5 s"}),
        (Told("stale", doubt="it is two"), {"state": "stale", "reason": "it is two"}),
        (Told("down", "it is silent"), {"state": "down", "reason": "it is silent"}),
    ],
    ids=["up", "stale", "doubted", "down"],
)
def test_what_does_not_count_any_more_is_told_with_its_age_and_what_a_device_refuses(
    device: Any, row: dict[str, Any]
) -> None:
    assert report._reachability(device, 100.0) == row | OLD
    (line,) = _device_lines((), lambda trade, question: question(), {"devices": {"lamp-1": row | OLD}})
    assert line.endswith(", refuses active_power_w, last level_percent 40 1.6 min ago")
