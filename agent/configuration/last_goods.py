"""The last good configurations of a file: where they are kept, and where they are looked for when it is broken."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from agent.config.problems import ConfigError
from agent.config.schema import Config
from agent.configuration import stored
from agent.configuration.last_good import LastGood, is_kept_in
from agent.configuration.layered import LayeredFile
from agent.configuration.whereabouts import Note, guessed, named, state_folder

log = logging.getLogger(__name__)


class LastGoods:
    """
    Args:
        layered: the file.
        kind: struct of the configuration.
        default_store: [store] path where the file cannot be read.
    """

    def __init__(self, layered: LayeredFile, kind: type[Config], default_store: str) -> None:
        self._layered, self._kind, self._default_store = layered, kind, default_store
        self._state = state_folder(default_store)
        self._note = Note(self._state, layered.file)

    def load(self, *, restores: bool) -> tuple[Config, str] | None:
        """Returns the one that is found first, with its digest; None: none is.

        Args:
            restores: register maps of it are written where they are read.
        """
        found = (self._keeper(folder).load(restores=restores) for folder in self.folders())
        return next((kept for kept in found if kept is not None), None)

    def keep(self, config: Config, *, healthy: bool) -> None:
        """Keeps the last good one beside its store, and notes where that is.

        Raises OSError or ValueError; then what was kept is kept.
        """
        self._keeper(stored.folder_of(config.store.path)).keep(config, healthy=healthy)
        if not healthy and self._is_kept_elsewhere(config.store.path):
            return
        given = "STATE_DIRECTORY" in os.environ
        if not given and not self._state.is_dir():
            return  # no unit has made it, and a daemon that is run by hand makes no folder of the system's
        try:
            self._note.keep(config.store.path)
        except OSError as error:
            if given:
                raise
            log.info("a file of which [store] cannot be read will end the start: its place cannot be noted: %s", error)

    def readable(self) -> Iterator[Config]:
        """Yields the last good ones that this user may read, the surest first."""
        found = (self._keeper(folder).readable() for folder in self.folders(tells=False))
        yield from (config for config in found if config is not None)

    def folders(self, *, tells: bool = True) -> Iterator[Path]:
        """Yields the folders where the last good one may lie, the surest first, each once: the file may not say where
        its store is."""
        return iter(dict.fromkeys(stored.folder_of(store) for store in self._stores(self._noted(tells=tells))))

    def _keeper(self, folder: Path) -> LastGood:
        return LastGood(folder, self._layered.file, self._kind)

    def _is_kept_elsewhere(self, store: str) -> bool:
        """Whether another store than this has a last good one, which is found by the note."""
        folder = stored.folder_of(self._noted() or str(self._state / "x"))
        return (
            folder != stored.folder_of(str(Path(store).absolute()))
            and self._keeper(folder).load(restores=False) is not None
        )

    def _noted(self, *, tells: bool = True) -> str | None:
        try:
            return self._note.store()
        except (OSError, ValueError) as error:
            if tells:
                log.error("where the last good configuration lies cannot be read: %s", error)
            return None

    def _stores(self, noted: str | None) -> Iterator[str]:
        sure = (self._named_store(), noted, str(self._state / "x"), self._default_store)
        yield from (each for each in sure if each is not None)
        yield from (each for each in guessed(self._layered.file) if is_kept_in(stored.folder_of(each)))

    def _named_store(self) -> str | None:
        """Returns what the file says, unless others may write it: they would name a folder of their own."""
        try:
            document = self._layered.document()
        except ConfigError:
            return None
        return named(document.values, "store", "path") if document.sha256 else None
