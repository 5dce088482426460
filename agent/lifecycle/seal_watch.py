"""Looks whether configuration, certificates or lamppost itself are others than at the last look."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import structs

from agent import __version__
from agent.config.schema import Config
from agent.configuration.named_files import AUTHORITY, SECRETS, named_files, own_profiles
from agent.security import SecurityLog, installed
from agent.security.seals import KEY, Seal, Seals, Software, changes
from agent.store import Store
from drivers.files import read_regular

log = logging.getLogger(__name__)

AFTER_START_S = 5.0
"""The first look waits so long, since it must not delay the start."""

LOOK_S = 600.0
"""How often it is looked at certificates, which are used at once when they are replaced."""

LARGEST_BYTES = 4 * 1024 * 1024

_CERTIFICATES = frozenset({AUTHORITY, *SECRETS} - {"password_file"})
"""A digest of a password is kept nowhere: it could be guessed by that."""


class SealWatch:
    """
    Args:
        config: gives the one in force.
        file: of the configuration; None: it is from none.
    """

    def __init__(
        self,
        config: Callable[[], Config],
        file: Path | None,
        store: Store,
        security: SecurityLog,
        *,
        software: Callable[[], str] = installed.digest,
        after_start_s: float = AFTER_START_S,
        look_s: float = LOOK_S,
    ) -> None:
        self._config, self._file, self._store, self._security = config, file, store, security
        self._software, self._after_start_s, self._look_s = software, after_start_s, look_s
        self._reloaded = asyncio.Event()
        self._seen: Seals | None = None
        """The seals of the last look of this life, written or not: nothing is noted twice."""

    def follow(self) -> None:
        """The configuration was read anew."""
        self._reloaded.set()

    async def run(self) -> None:
        """Looks soon after the start, after each reload, and at certificates now and then, until cancelled.

        Raises StoreError: what was found cannot be written; it may be tried again.
        """
        await asyncio.sleep(self._after_start_s)
        await self.look(self.all)
        while True:
            await self._wait()
            reloaded = self._reloaded.is_set()
            self._reloaded.clear()
            await self.look(self.of_configuration if reloaded else self.of_certificates)

    async def look(self, seals: Callable[[], Seals]) -> None:
        """Note what is another than at the last look, and keep what is there now. Raises StoreError."""
        kept = await self._store.load(KEY, Seals) or Seals()
        self._seen = before = self._seen or kept
        # Apart from the event loop: no device shall wait for it.
        now = await asyncio.to_thread(seals)
        for data in changes(before, now):
            self._security.note(data)
        after = structs.replace(
            before, **{name: each for name, each in structs.asdict(now).items() if each is not None}
        )
        self._seen = after
        if after != kept:
            # The events first: who is killed in between looks once more.
            await self._security.write()
            await self._store.commit((), {KEY: after})

    def all(self) -> Seals:
        """Reads everything. It takes a while."""
        software = _software(self._software)
        return structs.replace(self.of_configuration(), software=software)

    def of_configuration(self) -> Seals:
        """Reads the files of the configuration, and the certificates that it names."""
        return structs.replace(self.of_certificates(), configuration=self._edited_files())

    def of_certificates(self) -> Seals:
        """Reads the certificates alone."""
        files = named_files(self._config(), self._folder(), Path.cwd())
        found = {f"{each.table}/{each.key}": each.path for each in files if each.key in _CERTIFICATES}
        return Seals(certificates={name: Seal(str(path), _digest(path)) for name, path in found.items()})

    def _edited_files(self) -> dict[str, str | None] | None:
        if self._file is None:
            return None
        config = self._config()
        others = [
            each.path
            for each in named_files(config, self._folder(), Path.cwd())
            if each.key not in {AUTHORITY, *SECRETS}
        ]
        files = (self._file, *others, *own_profiles(config).values(), *self._no_longer_named())
        return {str(path): _digest(path) for path in files}

    def _no_longer_named(self) -> Iterator[Path]:
        """Yields what is still there of the last look. While the last good configuration runs, it names no file."""
        before = self._seen.configuration if self._seen else None
        yield from (path for path in map(Path, before or ()) if path.is_file())

    def _folder(self) -> Path:
        return Path() if self._file is None else self._file.parent

    async def _wait(self) -> None:
        waiting = asyncio.ensure_future(self._reloaded.wait())
        try:
            await asyncio.wait({waiting}, timeout=self._look_s)
        finally:
            waiting.cancel()


def _digest(path: Path) -> str | None:
    try:
        return hashlib.sha256(read_regular(path, LARGEST_BYTES)).hexdigest()
    except OSError:
        return None


def _software(digest: Callable[[], str]) -> Software | None:
    try:
        return Software(__version__, digest())
    except OSError as error:
        log.error("the files of lamppost cannot be compared with those of the last start: %s", error)
        return None
