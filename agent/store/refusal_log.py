"""The log of refusals: one line when the store begins to refuse changes, one when it takes them again."""

import logging

from agent.store.errors import StoreError

log = logging.getLogger(__name__)


class RefusalLog:
    """Told of each change."""

    def __init__(self) -> None:
        self._refuses = False

    def refused(self, error: StoreError) -> None:
        if not self._refuses:
            log.error("%s; changes wait until it takes them again", error)
        self._refuses = True

    def taken(self) -> None:
        if self._refuses:
            log.warning("the store takes changes again")
        self._refuses = False
