"""What somebody wants from afar: what lies above the file then, or whose fault it is that it cannot."""

from pathlib import Path
from typing import Any

from msgspec import Struct

from agent.config import syntax
from agent.config.problems import ConfigError, bounded
from agent.config.syntax import Document
from agent.configuration import merge
from agent.configuration.layered import Found, LayeredFile
from agent.configuration.remote import Layer, name_of
from drivers.translation import _

SENT = Path(_("file from afar"))
"""Stands where the name of a file would, before what is wrong in the text that was sent."""


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    """One of the three.

    Args:
        patch: JSON merge patch (RFC 7396) on what is in force.
        file: what would stand in the file, TOML.
        forget: all that came from afar, so that the file runs alone.
    """

    patch: dict[str, Any] | None = None
    file: str | None = None
    forget: bool = False


def found_by(file: LayeredFile, before: Layer, wanted: Wanted, id: str) -> tuple[Layer, Found]:
    """What lies above the file by a command, and the configuration that this makes.

    Args:
        before: lies above it now.
        id: of the command.

    Raises ConfigError for what is wrong in it, ValueError for none of the three, or several.
    """
    if sum((wanted.patch is not None, wanted.file is not None, wanted.forget)) != 1:
        raise ValueError(_("expected one of patch, file, and forget = true"))
    sent = None if wanted.file is None else syntax.parse(SENT, wanted.file)
    if sent is not None:
        file.examine_sent(sent, SENT)
    document = file.document()
    layer = _layer(document, before, wanted.patch, sent, id)
    return layer, file.exactly(layer, document)


def _layer(document: Document, before: Layer, patch: merge.Values | None, sent: Document | None, id: str) -> Layer:
    """What lies above the file by one of both; without either nothing does."""
    values, instead_of = document.values, before.instead_of
    if patch is not None:
        whole = merge.combined(before.in_force(values), patch)
    elif sent is not None:
        whole, instead_of = merge.difference(values, sent.values), document.sha256 if document.errors else ""
    else:
        return Layer()
    file_values = {name_of(path): merge.value_at(values, path) for path in merge.leaves(whole)}
    return Layer(whole, file_values, id, instead_of)


def refusal(file: LayeredFile, before: Layer, error: ConfigError) -> str:
    """What is wrong with what was sent, and with the pole's own file, in words for the sender.

    Args:
        before: lies above the file now.
    """
    of_file = set(file.mistakes(layer=before))
    own = [each for each in error.mistakes if each in of_file]
    sent = bounded([each for each in error.mistakes if each not in of_file])
    return "\n".join([*sent, _words_of_file(file) + ":", *bounded(own)] if own else sent)


def _words_of_file(file: LayeredFile) -> str:
    if file.can_be_repaired():
        return _("the pole's own file is wrong; a patch of the keys in these lines, or a whole file, puts that right")
    return _("the pole's own file is wrong, which takes somebody at the pole")
