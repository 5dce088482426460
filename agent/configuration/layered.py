"""The configuration that a file makes with what came from afar above it."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from agent.config import syntax
from agent.config.problems import ConfigError, bounded
from agent.config.schema import Config
from agent.config.syntax import Document
from agent.configuration import stored
from agent.configuration.file import examined
from agent.configuration.in_force import InForce
from agent.configuration.remote import Layer, names_of
from agent.trades.base import Trade

log = logging.getLogger(__name__)


class Found(Struct, frozen=True):
    """A configuration that is right, and where it is from.

    Args:
        warnings: what is worth a look in it.
        notes: what is right for this pole, and may not be for others.
        forgotten: keys that came from afar and were edited by hand since, be it to the same value.
        rolled_back: what came from afar last was not confirmed before the daemon ended, and is not in it.
    """

    config: Config
    in_force: InForce
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()
    rolled_back: bool = False

    def tell(self) -> None:
        """Writes all of it into the log."""
        for mistake in self.in_force.repaired:
            log.warning("the file is wrong, and put right by what came from afar: %s", mistake)
        for warning in self.warnings:
            log.warning("%s", warning)
        for note in self.notes:
            log.info("%s", note)


class LayeredFile:
    """
    Args:
        file: absolute.
        trades: of the pole.
    """

    def __init__(self, file: Path, trades: Sequence[Trade]) -> None:
        self.file, self._trades = file, trades

    def exactly(self, layer: Layer, document: Document | None) -> Found:
        """The file with a layer above it. Raises ConfigError."""
        document = document or self.document()
        values, wrong = layer.over(document.values), layer.left_wrong(document)
        whole = structs.replace(document, values=values, errors=wrong, is_whole=document.is_whole or not wrong)
        own = layer.own_paths(document.values)
        said = examined(self.file, whole, trades=self._trades, from_afar=own)
        by_hand = layer.superseded(document.values)
        superseded = names_of(by_hand & layer.different(document.values))
        path = str(self.file)
        if values == document.values and not document.errors:
            in_force = InForce(path, document.sha256, "file", superseded)
        else:
            repaired = bounded(self.mistakes(document))
            in_force = InForce(path, stored.digest_of(said.config), "remote", superseded, repaired=repaired)
        return Found(said.config, in_force, said.warnings, said.notes, forgotten=names_of(by_hand))

    def mistakes(self, document: Document | None = None, layer: Layer = Layer()) -> tuple[str, ...]:  # noqa: B008 - frozen
        """What is wrong with the file, or with a layer above it; nothing where it is right."""
        try:
            if layer.is_empty:
                examined(self.file, document or self.document(), trades=self._trades)
            else:
                self.exactly(layer, document)
        except ConfigError as error:
            return error.mistakes
        return ()

    def document(self) -> Document:
        """The file as far as TOML goes, with what is wrong in it. Raises ConfigError: it cannot be read."""
        return syntax.read_as_far_as_it_goes(self.file)

    def can_be_repaired(self) -> bool:
        """Whether anything can be set above the file: it can be read, and nobody else may change it."""
        try:
            return bool(self.document().sha256)
        except ConfigError:
            return False

    def examine_sent(self, document: Document, name: Path) -> None:
        """Raises ConfigError with all that would be wrong if this stood in the file.

        Args:
            name: what it is called in what is told of it.
        """
        examined(self.file, document, trades=self._trades, name=name)

    def values(self, layer: Layer) -> dict[str, Any]:
        """Returns what the file says with a layer above it, as TOML has it. Raises ConfigError: not all can be read."""
        document = self.document()
        if wrong := layer.left_wrong(document):
            raise ConfigError.of(self.file, wrong)
        return layer.over(document.values)
