"""All documents that are kept, and what of them holds when (in memory, without I/O)."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import structs

from agent.clock import Moment
from agent.config.problems import nearest
from agent.documents.check import Checked, did_you_mean
from agent.documents.document import Document, Kept, Key, Phase, shown
from agent.documents.errors import Refused
from agent.trades.documents import InForce
from drivers.translation import _

MAX_DOCUMENTS = 200


class Shelf:
    """
    Args:
        kept: as loaded from the store, by kind and name.
        check: whether one fits the configuration in force.
    """

    def __init__(self, kept: Mapping[Key, Kept], check: Callable[[Document], Checked]) -> None:
        self._kept, self._check = dict(kept), check
        self._checked = {key: check(each.document) for key, each in self._kept.items()}

    def recheck(self) -> None:
        """Checks all by a configuration that has become another."""
        self._checked = {key: self._check(each.document) for key, each in self._kept.items()}

    def get(self, key: Key) -> Kept | None:
        return self._kept.get(key)

    def find(self, key: Key) -> Kept:
        """Returns what is kept under a kind and a name. Raises Refused where there is nothing."""
        if (kept := self._kept.get(key)) is None:
            kind, name = key
            names = [each for of, each in self._kept if of == kind]
            what = _('this pole has no document "{kind}/{name}"').format(kind=kind, name=name)
            raise Refused((what + did_you_mean(nearest(name, names)),))
        return kept

    def judged(self, document: Document, before: Document | None, now: Moment) -> Kept:
        """Returns what is to be kept of a new document, in place of what has its name. Raises Refused with all that is
        wrong."""
        if document.key not in self._kept and len(self._kept) >= MAX_DOCUMENTS:
            raise Refused((_("this pole keeps {most} documents, withdraw one first").format(most=MAX_DOCUMENTS),))
        if problems := self._check(document).problems:
            raise Refused(problems)
        kept = Kept(document, before)
        return structs.replace(kept, phase=kept.phase_at(now, fits=True))

    def put(self, kept: Mapping[Key, Kept | None]) -> None:
        """Keeps what was written; forgets a name whose value is None."""
        for key, each in kept.items():
            self._kept.pop(key, None)
            self._checked.pop(key, None)
            if each is not None:
                self._kept[key], self._checked[key] = each, self._check(each.document)

    def news(self, now: Moment) -> dict[Key, Kept | None]:
        """Returns what has begun, or fits no more, since it was written, as it is to be written; None: it is over."""
        found: dict[Key, Kept | None] = {}
        for key, kept in self._kept.items():
            phase = self.phase(key, now)
            if kept.document.is_over(now):
                found[key] = None
            elif phase != kept.phase:
                found[key] = structs.replace(kept, phase=phase)
        return found

    def phase(self, key: Key, now: Moment) -> Phase:
        return self._kept[key].phase_at(now, fits=self._checked[key].content is not None)

    def problem(self, key: Key) -> str | None:
        """Returns why a document is without effect; None: it fits."""
        return "\n".join(self._checked[key].problems) or None

    def in_force(self, kind: str, now: Moment) -> tuple[Document, ...]:
        """Returns the documents of a kind that hold, in the order in which they were set."""
        found = (
            kept.document
            for key, kept in self._kept.items()
            if key[0] == kind and not kept.document.is_over(now) and self.phase(key, now) == "in_force"
        )
        return tuple(sorted(found, key=lambda each: each.number))

    def handed(self, documents: Iterable[Document]) -> list[InForce[Any]]:
        """Returns them as their kind takes them."""
        return [InForce(each.name, each.valid_until, self._checked[each.key].content) for each in documents]

    def rows(self, now: Moment, kind: str | None = None) -> list[dict[str, Any]]:
        """Returns one row for each document, in the order of kinds and names; JSON-able.

        Args:
            kind: of this one alone.
        """
        found = ((key, kept) for key, kept in sorted(self._kept.items()) if kind in {None, key[0]})
        return [shown(kept, self.phase(key, now), self.problem(key)) for key, kept in found]

    def next_s(self, now: Moment) -> float | None:
        """Returns the seconds until one begins or ends by the clock as it stands; infinite: none will; None: there are
        none."""
        edges = [edge for kept in self._kept.values() for edge in kept.document.edges]
        left = [(edge - now.utc).total_seconds() for edge in edges]
        return min((each for each in left if each > 0), default=math.inf) if edges else None
