"""What may be ordered of documents: `data` of each action."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from drivers.options import Id

Time = Annotated[datetime, Meta(tz=True)]


class NamedDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """Which document.

    Args:
        kind: "closure".
        name: chosen by the sender, unique within its kind.
    """

    kind: Id
    name: Id


class SetDocument(NamedDocument, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A document, in place of the one that has its name.

    Args:
        content: what it says; which keys there are its kind says.
        valid_from: left out: from now on.
        valid_until: then it ends by itself, after 366 days at the latest.
    """

    content: dict[str, Any]
    valid_from: Time | None = None
    valid_until: Time


class WithdrawDocument(NamedDocument, frozen=True, forbid_unknown_fields=True):
    """End a document before its time.

    Args:
        revert: what it has replaced holds again, in place of nothing.
    """

    revert: bool = False


class ListDocuments(Struct, frozen=True, forbid_unknown_fields=True):
    """All that are kept.

    Args:
        kind: of this one alone; left out: of every kind.
    """

    kind: Id | None = None
