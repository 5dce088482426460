"""Keys that are others than in the configuration that runs, and that a reload refuses."""

from collections.abc import Sequence
from pathlib import Path

from agent.config.schema import Config
from agent.configuration.sources import Sources
from agent.reload import needs_restart
from drivers.translation import _


def of_restart(file: Path, config: Config) -> Sequence[str]:
    """Returns what is told of them; nothing where no configuration of this file has run that this user may read."""
    before = next(Sources(file).good.readable(), None)
    if before is None or not (keys := needs_restart(before, config)):
        return ()
    words = _("{keys}: not as in the configuration that ran; a reload refuses it, it takes systemctl restart lamppost")
    return (words.format(keys=", ".join(keys)),)
