"""What an erasure removed: no row of it may come back out of an older copy, or of what a disk still has of it."""

import zlib
from collections.abc import Callable, Collection
from math import inf
from typing import Any

from msgspec import MsgspecError, Raw, Struct, json
from msgspec.structs import replace

MOST = 6
"""The erasures that a mark has room for; of more the newest count."""


def name_sum(name: str) -> int:
    """A name in few bytes, of which a mark has no more; of two that are alike the one counts as the other."""
    return zlib.crc32(name.encode())


class What(Struct, frozen=True):
    """What is to be erased.

    Args:
        types: of event.
        subject: whom or what they are about; None: any.
        before_s: they happened earlier (seconds since 1970); infinity: at any time.
        saying: keys of their data, and of each the texts of which it holds one; none: whatever they say.
    """

    types: frozenset[str]
    subject: str | None = None
    before_s: float = inf
    saying: tuple[tuple[str, frozenset[str]], ...] = ()

    def says(self, data: bytes | Raw) -> bool:
        """Whether the data of an event is such; what cannot be read is not."""
        if not self.saying:
            return True
        try:
            said = json.decode(data, type=dict[str, Any])
        except MsgspecError:
            return False
        return all(said.get(key) in texts for key, texts in self.saying)

    def covers(self, type: str, subject: str, data: bytes | Raw) -> bool:
        """Whether an event is such, whenever it happened."""
        return type in self.types and self.subject in {None, subject} and self.says(data)


class Tale(Struct, frozen=True):
    """The part of a state that is erased as events are: of what it tells.

    Args:
        types: of the events that it tells of.
        subject: whom or what it is about.
        first_s: when the first of them happened, seconds since 1970.
    """

    types: frozenset[str]
    subject: str
    first_s: float


TaleOf = Callable[[str, bytes], Tale | None]
"""Returns of what a state tells, by its key and its body; None: of nothing that is erased."""


def no_tale(_key: str, _body: bytes) -> Tale | None:
    """Returns None: such a state tells of nothing that is erased."""
    return None


class Scope(Struct, frozen=True, array_like=True):
    """What was erased, in few bytes.

    Args:
        types: of event, by `name_sum`.
        subject: by `name_sum`; None: any.
        before_s: as What has it; None: at any time, for JSON has no infinity.
        upto: the row that had been committed last.
        undated_upto: what has no time that is trusted happened before all the same, up to this row.
        at_s: when it was erased, seconds since 1970.
        said: JSON of the data of the event that told of it; "": not known.
    """

    types: tuple[int, ...]
    subject: int | None
    before_s: float | None
    upto: int
    undated_upto: int
    at_s: float = 0.0
    said: str = ""

    @classmethod
    def of(cls, what: What, upto: int, undated_upto: int) -> "Scope":
        types = tuple(sorted(name_sum(each) for each in what.types))
        subject = None if what.subject is None else name_sum(what.subject)
        return cls(types, subject, None if what.before_s == inf else what.before_s, upto, undated_upto)

    def covers(self, seq: int, type: str, subject: str, unix_s: float, *, trusted: bool) -> bool:
        """Whether a row belongs to it."""
        earlier = self._is_earlier(unix_s) if trusted else seq <= self.undated_upto
        return seq <= self.upto and earlier and self._is_about(subject) and name_sum(type) in self.types

    def covers_tale(self, tale: Tale) -> bool:
        """Whether a state belongs to it that is of before."""
        told = any(name_sum(each) in self.types for each in tale.types)
        return told and self._is_earlier(tale.first_s) and self._is_about(tale.subject)

    def _is_earlier(self, unix_s: float) -> bool:
        return self.before_s is None or unix_s < self.before_s

    def _is_about(self, subject: str) -> bool:
        return self.subject is None or self.subject == name_sum(subject)


def joined(scopes: Collection[Scope], more: Collection[Scope]) -> list[Scope]:
    """Both without those that are alike: the newest, in their order."""
    return sorted(set(map(plain, (*scopes, *more))), key=lambda each: (each.upto, each.at_s))[-MOST:]


def plain(scope: Scope) -> Scope:
    """The same as it is written now: marks of before hold infinity."""
    return replace(scope, before_s=None) if scope.before_s == inf else scope
