"""Hands each trade the documents of its kinds that hold; a defect there costs that kind alone."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from agent.clock import Moment
from agent.documents.check import Kinds
from agent.documents.document import Document
from agent.documents.shelf import Shelf
from agent.isolation import Isolation
from agent.store import StoreError
from agent.trades.build import Components
from agent.trades.documents import DocumentKind, InForce
from drivers.translation import _


class HandOver:
    """
    Args:
        built: the parts of the pole.
        isolation: keeps a defect in one kind from the others.
    """

    def __init__(self, kinds: Kinds, built: Components, isolation: Isolation) -> None:
        self._kinds, self._built, self._isolation = kinds, built, isolation
        self._handed: dict[str, tuple[Document, ...] | None] = dict.fromkeys(kinds, ())

    def anew(self) -> None:
        """Lets the next call hand over everything: the parts of the pole have become others."""
        self._handed = dict.fromkeys(self._kinds)

    async def apply(self, shelf: Shelf, now: Moment) -> Mapping[str, str]:
        """Hands over the kinds whose documents have changed; returns those that could not be applied, and why. The next
        call tries these again."""
        why: dict[str, str] = {}
        for name, kind in self._kinds.items():
            holding = shelf.in_force(name, now)
            if self._handed[name] == holding:
                continue
            work = partial(self._apply, kind, shelf.handed(holding))
            try:
                applied = await self._isolation.part(f"documents/{name}").attempt(work)
            except StoreError as error:
                why[name] = str(error)
                continue
            if applied:
                self._handed[name] = holding
            else:
                why[name] = _("a defect of lamppost: see lamppost status")
        return why

    async def _apply(self, kind: DocumentKind[Any], documents: Sequence[InForce[Any]]) -> bool:
        await kind.apply(self._built, documents)
        return True
