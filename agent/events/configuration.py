"""What became of a configuration."""

from typing import Annotated, Literal

from msgspec import Meta

from agent.events import (
    POLE_CONFIGURATION,
    Data,
    Priority,
)
from agent.events.registry import event_type

ConfigurationSource = Literal["file", "remote", "last_good"]
"""The file alone; what came from afar above it; the last one that ran well, since the file is wrong."""


ConfigurationOutcome = Literal["applied", "confirmed", "rolled_back", "refused", "last_good"]


@event_type(POLE_CONFIGURATION, priority=Priority.ALARM)
class ConfigurationChanged(Data, frozen=True):
    """What became of a configuration, and which one is in force now.

    Args:
        outcome: "applied": it is in force, for good or until it is confirmed; "confirmed": the broker was reached by
            it; "rolled_back": it was not, and the one before is in force; "refused": it is wrong or cannot be applied,
            and the one before goes on; "last_good": it was wrong at the start, and the last good one runs.
        source: of the one in force: the file, what came from afar above it, or the last good one.
        sha256: of the one in force: of the bytes of the file; where it is not the file alone, of all that is in force.
        file, line, text: of the first thing that is wrong; null: nothing is, or it stands in no file.
        superseded: keys that came from afar and were edited by hand since, to another value: the file wins.
    """

    outcome: ConfigurationOutcome
    source: ConfigurationSource
    sha256: str
    file: str | None = None
    line: int | None = None
    text: Annotated[str, Meta(max_length=500)] | None = None
    superseded: tuple[str, ...] = ()
