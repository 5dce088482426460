"""The sources of a configuration: the file, what came from afar above it, or the last good one."""

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import structs

from agent import local_socket
from agent.config import syntax
from agent.config.problems import ConfigError, Report
from agent.config.reader import Table, read
from agent.config.schema import Config, StoreOptions
from agent.config.syntax import Document
from agent.configuration import merge, stored
from agent.configuration.file import file_of
from agent.configuration.in_force import InForce, problem_of
from agent.configuration.last_goods import LastGoods
from agent.configuration.layered import Found, LayeredFile
from agent.configuration.remote import Kept, Layer, Remote, names_of
from agent.configuration.whereabouts import named, path_in
from agent.defect import Defect, attempted
from agent.trades.base import Trade, kinds
from agent.trades.registry import TRADES
from drivers.options import Options

log = logging.getLogger(__name__)


class Sources:
    """
    Args:
        file: of the command line.
        trades: of the pole.
        default_store: [store] path where the file cannot be read.
    """

    def __init__(self, file: Path, trades: Sequence[Trade] = TRADES, default_store: str = StoreOptions().path) -> None:
        self.file, self._trades, self._default_store = file.absolute(), trades, default_store
        self.layered = LayeredFile(self.file, trades)
        self.good = LastGoods(self.layered, file_of(trades), default_store)

    def start(self) -> Found:
        """What a pole that starts runs by. Raises ConfigError: the file is wrong, and no last good one is kept."""
        return self._taken_back(*self._looked_up())

    def look(self) -> Found:
        """The same; nothing is written by it."""
        return self._looked_up(restores=False)[0]

    def load(self, layer: Layer, document: Document | None = None) -> Found:
        """The file with a layer above it; alone, where that is wrong and the file is not.

        Raises ConfigError.
        """
        document = document or self.layered.document()
        try:
            return self.layered.exactly(layer, document)
        except ConfigError as error:
            if layer.is_empty:
                raise
            found = self.layered.exactly(Layer(), document)
            log.error("what came from afar does not fit the file any more, which runs alone: %s", error)
            superseded = names_of(layer.different(document.values))
            in_force = structs.replace(found.in_force, superseded=superseded, problem=problem_of(error))
            return structs.replace(found, config=self._narrowed(found.config, layer), in_force=in_force)

    def kept(self, config: Config) -> Kept:
        """What lies with the state. Raises OSError or ValueError."""
        return Remote(stored.folder_of(config.store.path)).load()

    def keep(self, config: Config, kept: Kept) -> None:
        """Raises OSError or ValueError; then what was kept is kept."""
        Remote(stored.folder_of(config.store.path)).keep(kept)

    def narrowed(self, config: Config) -> Config:
        """What may run of a configuration while the file is wrong: in doubt, what watches people less.

        The file must allow it alone, and with what came from afar above it.
        """
        return self._narrowed(config, self._kept(stored.folder_of(config.store.path)).confirmed)

    def _narrowed(self, config: Config, layer: Layer) -> Config:
        for above in (Layer(), layer) if layer.patch else (Layer(),):
            table = _readable(self.file, self._trades, above)
            for trade in self._trades:
                said = attempted(partial(trade.narrowed, config, table), trade.name)
                config = _with_defaults(trade, config) if isinstance(said, Defect) else said
        return config

    def withdrawn(self, before: Config, after: Config) -> dict[str, Any]:
        """What the second takes back of what may be told of people by the first, as a merge patch."""
        patch: dict[str, Any] = {}
        for trade in self._trades:
            said = attempted(partial(kinds(trade).withdrawn, before, after), trade.name)
            patch = patch if isinstance(said, Defect) else merge.combined(patch, said)
        return patch

    def keep_good(self, config: Config, *, healthy: bool) -> None:
        """Keeps the last good one. Raises OSError or ValueError; then what was kept is kept."""
        self.good.keep(config, healthy=healthy)

    def _looked_up(self, *, restores: bool = True) -> tuple[Found, Kept]:
        """
        Args:
            restores: register maps of the last good one are written where they are read.

        Raises ConfigError.
        """
        try:
            document = self.layered.document()
            kept = self._kept(self._folder(document))
            return self.load(kept.confirmed, document), kept
        except ConfigError as error:
            if (last_good := self._last_good(error, restores)) is None:
                raise
            return last_good, self._kept(stored.folder_of(last_good.config.store.path))

    def _kept(self, folder: Path) -> Kept:
        try:
            return Remote(folder).load()
        except (OSError, ValueError) as error:
            log.error("what came from afar cannot be read, and is left out: %s", error)
            return Kept()

    def _taken_back(self, found: Found, kept: Kept) -> Found:
        """What was not confirmed before the daemon ended is not applied later either."""
        if kept.before is None:
            return found
        try:
            self.keep(found.config, Kept(kept.before))
        except (OSError, ValueError) as error:
            log.error("what came from afar cannot be taken back for good: %s", error)
        return structs.replace(found, rolled_back=True)

    def _folder(self, document: Document) -> Path:
        """Returns where what came from afar lies; the first folder that has any, where no TOML names the store."""
        if (path := named(document.values, "store", "path")) is not None:
            return stored.folder_of(path)
        found = self.good.folders() if document.errors else iter(())
        return next((each for each in found if Remote(each).exists), stored.folder_of(self._default_store))

    def _last_good(self, error: ConfigError, restores: bool) -> Found | None:
        if (kept := self.good.load(restores=restores)) is None:
            return None
        config, digest = kept
        return Found(self.narrowed(config), InForce(str(self.file), digest, "last_good", (), problem_of(error)))


def socket_of(file: Path, default: Path) -> Path:
    """Returns where the daemon of a file listens. Where nobody listens at the socket that the file names, it is that of
    the last good one, if somebody listens there and this user may read it.

    Raises ConfigError: the file cannot be read at all, and the last good one tells of nobody.
    """
    sockets = (Path(each.pole.socket) for each in Sources(file).good.readable())
    others = (each for each in sockets if local_socket.is_listened_at(each))
    try:
        said = path_in(file, "pole", "socket", default)
    except ConfigError:
        if (other := next(others, None)) is None:
            raise
        return other
    return said if local_socket.is_listened_at(said) else next(others, said)


def _readable(file: Path, trades: Sequence[Trade], above: Layer) -> Table | None:
    """Returns what can be read of the file with that above it, without what is but guessed of a wrong line; None:
    nothing for certain."""
    try:
        document = syntax.read(file)
    except ConfigError:
        return None
    wrong = {error.line for error in document.errors}
    guessed = {path for path, line in document.lines.items() if line in wrong}
    values = merge.without(document.values, {tuple(map(str, path)) for path in guessed})
    return read(above.over(values), Report(file, document.lines), file_of(trades), complete=False)


def _with_defaults(trade: Trade, config: Config) -> Config:
    """What may run of a trade of which that cannot be told: its devices, by the defaults of all else that it is told.

    These watch nobody more than a file could ask for.
    """
    found = structs.fields(kinds(trade).tables)
    return structs.replace(config, **{each.name: each.default for each in found if isinstance(each.default, Options)})
