"""A station that a test speaks to, and what it tells; it can be killed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from agent.clock import Moment
from agent.trades.sensing import rule
from agent.trades.sensing.options import StationOptions
from agent.trades.sensing.state import Station, StationState, persisted
from drivers.base import Quality, Reading
from drivers.options import decode

START = datetime(2027, 6, 15, 8, 0, tzinfo=UTC).timestamp()


def station(standing: str = "sensor", **quantities: dict[str, Any]) -> Station:
    given = {"standing": standing, "quantity": quantities}
    return Station("square", msgspec.convert(given, StationOptions, dec_hook=decode), "Europe/Paris")


class SpokenStation:
    """Feeds the rule as RuleRunner does; seconds are of the first hour."""

    def __init__(self, of: Station) -> None:
        self.station, self.state, self.disk = of, StationState(), b"{}"
        self.boot, self.events = "b1", list[tuple[str, str, dict[str, Any]]]()

    def say(self, at_s: float, quantity: str, value: Any, device: str = "air", **more: Any) -> None:
        self._step(at_s, Reading(device, quantity, value, at_s, more.get("quality", Quality.GOOD)), more)

    def pass_time(self, at_s: float) -> None:
        self._step(at_s, None, {})

    def _step(self, at_s: float, reading: Reading | None, more: dict[str, Any]) -> None:
        now = Moment(START + at_s, at_s, self.boot, more.get("trusted", True))
        step = rule.step(self.station, self.state, now, reading)
        self.state, self.wake_at_s = step.state, step.wake_at_s
        self.disk = msgspec.json.encode(persisted(self.state))
        self.events += [(each.type, each.subject, msgspec.to_builtins(each.data)) for each in step.events]

    def kill(self) -> None:
        self.state = msgspec.json.decode(self.disk, type=StationState)

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [data for each, _subject, data in self.events if each == kind]

    @property
    def observations(self) -> Iterator[dict[str, Any]]:
        return iter(self.told("sensing.observation"))
