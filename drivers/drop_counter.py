"""Counts by cause what a driver had to drop, and logs each cause once."""

import logging
from collections import Counter

log = logging.getLogger(__name__)


class DropCounter:
    """
    Args:
        device: its name in the configuration.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self.counts: Counter[str] = Counter()

    def add(self, cause: str, what: str) -> None:
        """One more. `what` is logged when it is the first of its cause."""
        self.counts[cause] += 1
        if self.counts[cause] == 1:
            log.warning("%s: %s; more of the kind are only counted: see lamppost status", self._device, what)
