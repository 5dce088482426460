"""Kinds of documents that a trade takes: what one says, how it is checked, and what applies it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from agent.config.positions import KeyPath
from agent.config.problems import nearest, one_of
from agent.config.schema import Config, GroupOptions
from agent.trades.build import Components
from drivers.options import Options
from drivers.place import Named
from drivers.translation import _

C = TypeVar("C", bound=Options)
C_contra = TypeVar("C_contra", bound=Options, contravariant=True)


class InForce(Struct, Generic[C], frozen=True):
    """A document that holds now.

    Args:
        until: aware UTC; then it ends by itself.
    """

    name: str
    until: datetime
    content: C


class Complain(Protocol):
    """Takes what is wrong with a key of a document, in the words of `Report.error`."""

    def __call__(self, key: str | KeyPath, what: str, expected: str = "", meant: str | None = None) -> None: ...


class Check(Protocol[C_contra]):
    """Reports what a document contradicts in itself or in the configuration; its keys are right by themselves."""

    def __call__(self, content: C_contra, config: Config, complain: Complain) -> None: ...


@dataclass(frozen=True)
class DocumentKind(Generic[C]):
    """One kind of document.

    Args:
        name: on the wire: "closure".
        content: of each of them.
        apply: is handed all that hold, the one that was set last at the end: at the start, after a reload, and
            whenever they change. Raises StoreError; then it is handed them again.
    """

    name: str
    content: type[C]
    check: Check[C]
    apply: Callable[[Components, Config, Sequence[InForce[C]]], Awaitable[None]]


def check_members(table: str, key: str, names: Sequence[str], config: Config, complain: Complain) -> None:
    """Reports names under `key` of a document that are neither of that table nor of a group of its places, now or
    formerly."""
    known = {**getattr(config, table), **_groups(table, config)}
    for at, name in enumerate(names):
        if _name_now(name, known) not in known:
            what = _("there is no [{table}.{name}], and no such group").format(table=table, name=name)
            complain((key, at), what, one_of(known) if known else _("the pole has none"), nearest(name, known))


def members(table: str, names: Iterable[str], config: Config) -> tuple[str, ...]:
    """Returns the names of places, each once, with the members of the groups that are named among them; a document that
    was set before a rename means what had the name then."""
    groups = _groups(table, config)
    known: Mapping[str, Named] = {**getattr(config, table), **groups}
    now = [_name_now(name, known) for name in names]
    found = (groups[name].members if name in groups else (name,) for name in now)
    return tuple(dict.fromkeys(name for names in found for name in names))


def _name_now(name: str, known: Mapping[str, Named]) -> str:
    return name if name in known else next((new for new, each in known.items() if each.formerly == name), name)


def _groups(table: str, config: Config) -> Mapping[str, GroupOptions]:
    return {name: group for name, group in config.group.items() if config.GROUPS[group.kind] == table}
