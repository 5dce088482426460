"""What a technician reads of zones, cameras and their legal mode."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent.trades.words import because, state_lines


def status_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    yield f"kerb     {answer['kerb']['mode']}{because(answer['kerb'].get('reason'))}"
    yield from state_lines("zone", answer["zones"])


def device_words(device: Mapping[str, Any]) -> Iterator[str]:
    """How a camera works."""
    if "look_every_s" in device:
        yield from _looks(device)


def _looks(device: Mapping[str, Any]) -> Iterator[str]:
    """How a camera works."""
    yield device["condition"] + (f": {device['detail']}" if device["detail"] else "")
    yield f"looks every {device['look_every_s']:g} s{because(device['slowed'])}"
    if device["dropped_pictures"]:
        yield f"{device['dropped_pictures']} pictures dropped"
    if device["damaged_pictures"]:
        yield f"{device['damaged_pictures']} pictures came damaged"
