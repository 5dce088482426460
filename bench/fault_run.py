"""A night of sixteen lamps with default settings, each by its own truth: which faults are told, missed and made up.

Prints JSON. Usage: python bench/fault_run.py
"""

import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import pairwise

from msgspec import Struct
from standing import stands_on

from agent.clock import Moment
from agent.trades.lighting.plan.sun import Place
from agent.trades.lighting.watch import monitor
from agent.trades.lighting.watch.lamp_observation import LampConfig
from agent.trades.lighting.watch.monitor import MonitorState
from drivers.base import Reading

PLACE = Place(48.8566, 2.3522, "Europe/Paris")
EVENING = datetime(2026, 12, 21, 16, 0, tzinfo=UTC).timestamp()
POLL_S = 10.0
PROGRAM = ((0.0, 1800), (100.0, 3600), (30.0, 3600), (60.0, 3600), (0.0, 3600))
"""The levels that the lamps are told, and for how long, s."""


class Look(Struct, frozen=True):
    """The moment at which a lamp is read: the polls since the begin, and what it is told since how many polls."""

    poll: int
    told_percent: float
    told_polls: int
    chance: random.Random


Truth = Callable[[Look], Mapping[str, float | bool]]
"""What the controller of a lamp says at a look; nothing: it is silent."""


def says(level: float, power_w: float | None = None, **more: float | bool) -> Mapping[str, float | bool]:
    """A level, and what a sound lamp of 60 W draws there."""
    drawn_w = 0.5 if not level else 1.0 + 0.59 * level
    return {"level_percent": level, "active_power_w": drawn_w if power_w is None else power_w, **more}


def before_of(look: Look) -> float:
    """The level that it was told before."""
    return next((one for (one, _), (other, _) in pairwise(PROGRAM) if other == look.told_percent), 0.0)


def scaled(share: float) -> Truth:
    return lambda look: says(look.told_percent, max(0.5, share * (1.0 + 0.59 * look.told_percent)))


def lossy(look: Look) -> Mapping[str, float | bool]:
    """A gear that loses 4 W."""
    return says(look.told_percent, 4.0 + 0.56 * look.told_percent if look.told_percent else 0.8)


def flicker(look: Look) -> Mapping[str, float | bool]:
    return says(look.told_percent, 0.5 if look.poll % 18 == 0 else None)


def reboot(look: Look) -> Mapping[str, float | bool]:
    """Anew each half an hour, at full light until it is told again."""
    since = look.poll % 180
    return says(100.0 if look.poll > 180 and since == 0 else look.told_percent, uptime_s=since * POLL_S + 3)


def forgetting(look: Look) -> Mapping[str, float | bool]:
    return says(80.0 if look.told_percent and look.poll % 90 == 89 else look.told_percent)


def slow_fade(look: Look) -> Mapping[str, float | bool]:
    """Half a minute from one level to the next."""
    before, share = before_of(look), min(1.0, look.told_polls / 3)
    return says(before + share * (look.told_percent - before))


def noise(look: Look) -> Mapping[str, float | bool]:
    """A meter of 4 %, with a spike each ten minutes, and a level of a whole per cent either side."""
    level = min(100.0, max(0.0, look.told_percent + look.chance.choice((-1, 0, 1)))) if look.told_percent else 0.0
    power_w = (1.0 + 0.59 * look.told_percent if level else 0.5) * look.chance.gauss(1.0, 0.04)
    return says(level, power_w * (1.7 if look.poll % 60 == 30 else 1.0))


def dips(look: Look) -> Mapping[str, float | bool]:
    """A dip of the mains each forty minutes."""
    return says(look.told_percent, 0.2 if look.poll % 240 == 120 else None)


def old_level(look: Look) -> Mapping[str, float | bool]:
    """A gateway that looks at its gear each half a minute."""
    return says(before_of(look) if look.told_polls < 3 else look.told_percent)


def dali_rounded(look: Look) -> Mapping[str, float | bool]:
    return says({30.0: 30.6, 60.0: 59.4}.get(look.told_percent, look.told_percent))


LAMPS: dict[str, tuple[Truth, set[str]]] = {
    "sound": (lambda look: says(look.told_percent), set()),
    "sound, a little less": (scaled(0.92), set()),
    "sound, a little more": (scaled(1.08), set()),
    "sound, lossy gear": (lossy, set()),
    "sound, rounded levels": (dali_rounded, set()),
    "burnt": (lambda look: says(look.told_percent, 0.5), {"lamp.failure", "lamp.power_too_low"}),
    "half": (scaled(0.5), {"lamp.power_too_low"}),
    "flicker": (flicker, {"lamp.cycling_failure"}),
    "stuck on": (lambda look: says(look.told_percent, 60.0), {"lamp.unexpected_on", "lamp.power_too_high"}),
    "reboot": (reboot, {"lamp.supply_loss"}),
    "forgetting": (forgetting, {"lamp.supply_loss"}),
    "slow fade": (slow_fade, set()),
    "noise": (noise, set()),
    "dips": (dips, set()),
    "old level": (old_level, set()),
    "absent": (lambda look: {}, set()),
}


def night(truth: Truth) -> set[str]:
    """The types of every alarm that a night tells of such a lamp."""
    lamp, state, poll = LampConfig("lamp-1", PLACE, wattage_w=60.0, period_s=POLL_S), MonitorState(), 0
    chance, told = random.Random(27), set[str]()
    for commanded, seconds in PROGRAM:
        for told_polls in range(int(seconds / POLL_S)):
            poll += 1
            now = Moment(EVENING + poll * POLL_S, 1000.0 + poll * POLL_S, "b1", True)
            said = truth(Look(poll, commanded, told_polls, chance)).items()
            readings = [Reading("lamp-1", quantity, value, now.mono_s) for quantity, value in said]
            for reading in readings or [None]:
                step = monitor.step(lamp, state, now, reading, commanded)
                state = step.state
                told |= {event.type for event in step.events if event.type != "lamp.energy"}
    return told


def row(truth: Truth, faults: set[str]) -> dict[str, list[str]]:
    """What a lamp tells, and how that differs from what is wrong with it."""
    told = night(truth)
    return {"told": sorted(told), "missed": sorted(faults - told), "false": sorted(told - faults)}


def main() -> None:
    lamps = {name: row(*lamp) for name, lamp in LAMPS.items()}
    report = {
        "stands_on": stands_on(),
        "missed": sum(len(each["missed"]) for each in lamps.values()),
        "false": sum(len(each["false"]) for each in lamps.values()),
        "lamps": lamps,
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
