"""What a technician reads of zones, cameras and their legal mode."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent.trades.words import because, remark_words, state_lines
from drivers.translation import _


def status_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """The mode where it is of use: there is a zone, or one is to be accused in."""
    if answer["zones"] or answer["kerb"]["mode"] != "statistics":
        yield f"{'kerb':<8} {answer['kerb']['mode']}{because(answer['kerb'].get('reason'))}"
    yield from state_lines("zone", answer["zones"])
    for hours in answer.get("zone_hours", ()):
        yield f"{'zone':<8} {hours['rule']:<16} {hours['name']}: {remark_words(hours['remark'], hours['end'])}"


def device_words(device: Mapping[str, Any]) -> Iterator[str]:
    """How a camera works; of the work that it has had in alert mode alone."""
    if "condition" in device and "model" in device:
        yield from _camera(device)
    if "look_every_s" in device:
        yield from _looks(device)
    if device.get("damaged_pictures"):
        yield _("{count} pictures came damaged").format(count=device["damaged_pictures"])


def _camera(device: Mapping[str, Any]) -> Iterator[str]:
    if device["model_is_own"]:
        yield _("model {name} is the operator's own").format(name=device["model"])
    yield device["condition"] + (f": {device['detail']}" if device["detail"] else "")
    if device["zone_model"]:
        yield _("zone model {name}").format(name=device["zone_model"])
    if device["without_zone_model"]:
        yield _("no zone model, the detector sees alone: {reason}").format(reason=device["without_zone_model"])


def _looks(device: Mapping[str, Any]) -> Iterator[str]:
    looks = _("looks every {period_s:g} s{reason}")
    yield looks.format(period_s=device["look_every_s"], reason=because(device["slowed"]))
    if device["dropped_pictures"]:
        yield _("{count} pictures dropped").format(count=device["dropped_pictures"])
