"""What a technician reads of bays and their sensors."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent.trades.words import span, state_lines

NO_GROUP = "(no group)"
"""The name for bays without a group. It has a blank, which the name of a group cannot have."""


def status_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    yield from state_lines("bay", answer["bays"])
    for group in answer["groups"]:
        yield f"{'group':<8} {group['group'] or NO_GROUP:<16} {_group_words(group)}"


def device_words(device: Mapping[str, Any]) -> Iterator[str]:
    """The conditions of a sensor that somebody should look after."""
    yield from (each.removeprefix("sensor.").upper() for each in device.get("conditions", ()))


def _group_words(group: dict[str, Any]) -> str:
    """Returns, in words, the bays of a group now, and its day so far."""
    now = ", ".join(f"{group[state]} {state}" for state in ("free", "occupied", "unknown") if group[state])
    words = f"{group['bays']} bay{'s' * (group['bays'] != 1)}: {now}"
    today = group["today"]
    if today is None:
        return words + "; today: not known before the clock is set"
    words += f"; today: turnover {today['turnover']:.1f}"
    if today["occupied_percent"] is not None:
        words += f", {today['occupied_percent']:g} % occupied"
    if today["stays"]:
        words += f", stays {span(today['mean_stay_s'])} on average, 9 of 10 within {span(today['p90_stay_s'])}"
    return words
