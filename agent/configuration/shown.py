"""A configuration as it may be shown: as a file says it, without what is secret (pure)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from agent.config import messages
from agent.config.schema import Config
from drivers import options
from drivers.options import Seconds


def as_file(config: Config) -> dict[str, Any]:
    """Returns the configuration with every default, JSON-able; durations with their units."""
    values: dict[str, Any] = msgspec.to_builtins(config, enc_hook=_duration)
    uplinks = values["uplink"]
    return {**values, "uplink": {**uplinks.pop("", {}), **uplinks}}


def _duration(value: object) -> str:
    if isinstance(value, Seconds):
        return messages.format_duration(value)
    raise NotImplementedError(type(value))


def without_passwords(values: Mapping[str, Any]) -> dict[str, Any]:
    """Passwords stand in files of their own; an address may hold one all the same."""
    return {key: _printable(each) for key, each in values.items()}


def _printable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_passwords(value)
    if isinstance(value, list):
        return [_printable(each) for each in value]
    return options.without_passwords(value) if isinstance(value, str) else value
