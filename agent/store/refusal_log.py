"""The log of refusals: one line when the disk begins to refuse changes, one when it takes them again.

An event that is too large is told by itself, each time.
"""

import logging

from agent.store.errors import EventTooLarge, StoreError

log = logging.getLogger(__name__)


class RefusalLog:
    """Told of each change."""

    def __init__(self) -> None:
        self._refuses = False

    def refused(self, error: StoreError) -> None:
        if isinstance(error, EventTooLarge):
            log.error("%s", error)
            return
        if not self._refuses:
            log.error("%s; changes wait until it takes them again", error)
        self._refuses = True

    def taken(self) -> None:
        if self._refuses:
            log.warning("the store takes changes again")
        self._refuses = False
