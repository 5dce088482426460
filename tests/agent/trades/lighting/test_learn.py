"""A lamp is led through its levels; what it draws makes a curve, or is told to make none."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from agent import __version__
from agent.console import Ask
from agent.trades.lighting.learn import LEVELS, NotLearnt, learnt


class Daemon:
    """A lamp whose power follows `power_w`."""

    def __init__(self, power_w: Callable[[float], float | None], status: str = "done") -> None:
        self.level, self.power_w, self.status = 40.0, power_w, status
        self.actions: list[str] = []

    async def ask(self, ask: Ask) -> dict[str, Any]:
        if ask.ask == "status":
            shown = {"level_percent": self.level, "power_w": self.power_w(self.level)}
            return {"version": __version__, "lamps": {"l1": shown}}
        self.actions.append(ask.action)
        self.level = ask.value if ask.value is not None else 40.0
        return {"version": __version__, "status": self.status, "reason": "unit 1 is silent"}


def curve_of(daemon: Daemon) -> list[tuple[float, float]]:
    async def pause(_seconds: float) -> None: ...

    return asyncio.run(learnt(daemon.ask, "l1", 60.0, pause))


def test_the_curve_goes_from_standby_to_full_power_and_the_lamp_back_to_its_program() -> None:
    daemon = Daemon(lambda level: 0.5 + 0.6 * level)
    curve = curve_of(daemon)
    assert [level for level, _ in curve] == sorted(LEVELS)
    assert (curve[0], curve[-1]) == ((0.0, 0.5), (100.0, 60.5))
    assert daemon.actions == ["override"] * len(LEVELS) + ["release"]


@pytest.mark.parametrize(
    ("daemon", "words"),
    [
        (Daemon(lambda level: 60.0 - 0.3 * level), "broken, or was not steady"),
        (Daemon(lambda level: None), "tells no power"),
        (Daemon(lambda level: 1.0, "failed"), "did not take 100 %: unit 1 is silent"),
    ],
    ids=["falls", "no meter", "silent"],
)
def test_what_makes_no_curve_is_told_and_the_lamp_is_given_back(daemon: Daemon, words: str) -> None:
    with pytest.raises(NotLearnt, match=words):
        curve_of(daemon)
    assert daemon.actions[-1] == "release"
