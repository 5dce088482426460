"""What came from afar, as it lies with the state of the pole: a disk that refuses it stops nothing."""

import logging

from agent.configuration.in_force import InForce
from agent.configuration.remote import Kept, Layer
from agent.configuration.sources import Sources
from agent.lifecycle.pole import Pole

log = logging.getLogger(__name__)


class FromAfar:
    """Reads and writes what came from afar, and logs what it cannot."""

    def __init__(self, pole: Pole, sources: Sources) -> None:
        self._pole, self._sources = pole, sources

    def kept(self) -> Kept:
        """Returns what is kept; nothing, where it cannot be read."""
        try:
            return self._sources.kept(self._pole.config)
        except (OSError, ValueError) as error:
            log.error("what came from afar cannot be read, and is left out: %s", error)
            return Kept()

    def layer(self, *, on_trial: bool) -> Layer:
        """Returns what lies above the file now.

        Args:
            on_trial: it waits for its confirmation; else one that still does is of an earlier daemon, and void.
        """
        kept = self.kept()
        return kept.layer if on_trial else kept.confirmed

    def try_to_keep(self, kept: Kept) -> None:
        """What cannot be written is judged anew at the next start."""
        try:
            self._sources.keep(self._pole.config, kept)
        except (OSError, ValueError) as error:
            log.error("what came from afar cannot be written: %s", error)

    def forget_superseded(self, in_force: InForce) -> None:
        """What a hand has overruled was told once, and does not come back when the hand takes it back."""
        kept = self.kept()
        if in_force.superseded and in_force.problem is None and kept.before is None:
            self.try_to_keep(Kept(kept.layer.without(in_force.superseded)))
