"""Kinds of documents that a trade takes: what one says, how it is checked, and what applies it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from msgspec import Struct, field

from agent.config.positions import KeyPath
from agent.config.problems import nearest, one_of
from agent.config.reader import Table, is_name
from agent.config.schema import Config, GroupOptions
from agent.trades.build import Components
from drivers.options import Options
from drivers.place import Named
from drivers.translation import _

C = TypeVar("C", bound=Options)


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


class Check(Protocol):
    """Reports what a document contradicts in itself or in the configuration, as far as its keys are right by
    themselves: the others are absent from the table."""

    def __call__(self, content: Table, config: Config, complain: Complain) -> None: ...


def nothing(content: Table, config: Config, complain: Complain) -> None:
    """The check of a kind whose keys cannot contradict anything but the names of places."""


class DocumentKind(Struct, Generic[C], frozen=True):
    """One kind of document.

    Args:
        name: on the wire: "closure".
        content: of each of them.
        apply: is handed all that hold, the one that was set last at the end: at the start, after a reload, and
            whenever they change. Raises StoreError; then it is handed them again.
        places: by the key of a list of names, the table that has these, beside their groups: each is looked up.
        says: whether a document that was found right says something between two unix seconds; None: at all times.
    """

    name: str
    content: type[C]
    check: Check
    apply: Callable[[Components, Config, Sequence[InForce[C]]], Awaitable[None]]
    places: Mapping[str, str] = field(default_factory=dict)
    says: Callable[[C, Config, float, float], bool] | None = None


def check_members(table: str, key: str, given: object, config: Config, complain: Complain) -> None:
    """Reports names under `key` of a document that are neither of that table nor of a group of its places, now or
    formerly; what is no name at all is not looked up."""
    known = {**getattr(config, table), **_groups(table, config)}
    for at, name in enumerate(given if isinstance(given, list) else ()):
        if isinstance(name, str) and is_name(name) and _name_now(name, known) not in known:
            expected = one_of(known) if known else _("the pole has none")
            complain((key, at), _absent(table, name, config), expected, nearest(name, known))


def _absent(table: str, name: str, config: Config) -> str:
    """Why a name is none of a table, in words: it may be one of another."""
    for other in config.SUBJECTS:
        if name in getattr(config, other):
            what = _("[{other}.{name}] is no [{table}.NAME] and no group of these: the document reaches nothing else")
            return what.format(other=other, name=name, table=table)
    return _("there is no [{table}.{name}], and no such group").format(table=table, name=name)


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
