"""Kinds of documents that a trade takes: what one says, how it is checked, and what applies it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from agent.config.positions import KeyPath
from agent.config.schema import Config
from agent.trades.build import Components
from drivers.options import Options

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
    apply: Callable[[Components, Sequence[InForce[C]]], Awaitable[None]]
