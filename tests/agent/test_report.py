"""What the pole says of itself."""

from typing import Any

import msgspec
import pytest

from agent import report
from agent.events.pole import Health

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
