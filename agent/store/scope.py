"""What an erasure removed: no row of it may come back out of an older copy, or of what a disk still has of it."""

import zlib
from collections.abc import Collection
from math import inf

from msgspec import Struct

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
    """

    types: frozenset[str]
    subject: str | None = None
    before_s: float = inf


class Scope(Struct, frozen=True, array_like=True):
    """What was erased, in few bytes.

    Args:
        types: of event, by `name_sum`.
        subject: by `name_sum`; None: any.
        before_s: see What.
        upto: the row that had been committed last.
        undated_upto: what has no time that is trusted happened before all the same, up to this row.
    """

    types: tuple[int, ...]
    subject: int | None
    before_s: float
    upto: int
    undated_upto: int

    @classmethod
    def of(cls, what: What, upto: int, undated_upto: int) -> "Scope":
        types = tuple(sorted(name_sum(each) for each in what.types))
        subject = None if what.subject is None else name_sum(what.subject)
        return cls(types, subject, what.before_s, upto, undated_upto)

    def covers(self, seq: int, type: str, subject: str, unix_s: float, *, trusted: bool) -> bool:
        """Whether a row belongs to it."""
        earlier = unix_s < self.before_s if trusted else seq <= self.undated_upto
        about = self.subject is None or self.subject == name_sum(subject)
        return seq <= self.upto and earlier and about and name_sum(type) in self.types


def joined(scopes: Collection[Scope], more: Collection[Scope]) -> list[Scope]:
    """Both without those that are alike: the newest, in their order."""
    return sorted({*scopes, *more}, key=lambda each: each.upto)[-MOST:]
