"""What is written of each command: that it was accepted, and what came of it."""

from collections.abc import Iterable, Mapping
from typing import Self

from msgspec import Struct, json, structs

from agent.store import Store
from agent.uplink.commands import PoleCommand, Reply
from drivers.base import Command, Outcome

PREFIX = "command/"
"""The keys in the store begin so; that of the command follows."""

REMEMBERED = 128
"""Outcomes kept to answer a command that is sent again."""

REMEMBERED_BYTES = 256 * 1024
"""The bytes of these outcomes at most; what a pole answers of itself may be long."""

MAX_WAITING = 100
MAX_WAITING_BYTES = 256 * 1024
"""Commands that were accepted and have no outcome yet."""


class Record(Struct, frozen=True, omit_defaults=True):
    """One command: accepted as long as it has no outcome.

    Args:
        number: in the order in which they came.
        device, pole: what was ordered, of a device or of the pole itself; neither, once there is an outcome.
        reply: where the outcome goes beside the event.
    """

    number: int
    device: Command | None = None
    pole: PoleCommand | None = None
    outcome: Outcome | None = None
    reply: Reply = Reply()

    @property
    def order(self) -> Command | PoleCommand | None:
        return self.device or self.pole


def key_of(id: str, reply: Reply) -> str:
    """Returns the key of a command: two platforms may choose the same id, and a blank stands in none."""
    return f"{reply.uplink} {id}" if reply.uplink else id


def id_of(key: str) -> str:
    """Returns the id that its sender chose."""
    return key.rpartition(" ")[2]


Changes = Mapping[str, Record | None]
"""What to write to the store, by key; None: the state is deleted."""


class Records:
    """All that is remembered, bounded in number and size; as it stands in the store.

    Args:
        found: by the key of each command.
    """

    def __init__(self, found: Mapping[str, Record] | None = None) -> None:
        self._records = dict(sorted((found or {}).items(), key=lambda each: each[1].number))
        self._bytes = {id: _size(record) for id, record in self._records.items()}

    @classmethod
    async def load(cls, store: Store) -> Self:
        """Reads them from the store, which tells of one that cannot be read, with its key."""
        found = {key: await store.load(key, Record) for key in await store.keys(PREFIX)}
        return cls({key.removeprefix(PREFIX): record for key, record in found.items() if record is not None})

    def get(self, key: str) -> Record | None:
        return self._records.get(key)

    def replies(self, uplink: str = "") -> Mapping[str, Reply]:
        """What senders behind one uplink asked for, by the id of the command."""
        wanted = {key: record.reply for key, record in self._records.items() if record.reply.is_wanted}
        return {id_of(key): reply for key, reply in wanted.items() if (reply.uplink or "") == uplink}

    def waiting(self) -> dict[str, Record]:
        """Commands that were accepted and have no outcome yet, by their keys, the oldest first."""
        return {id: record for id, record in self._records.items() if record.outcome is None}

    def takes(self, order: Command | PoleCommand) -> bool:
        """Whether one more may wait."""
        waiting = self.waiting()
        size = _size(self.accepted(order, Reply())) + sum(self._bytes[id] for id in waiting)
        return len(waiting) < MAX_WAITING and size <= MAX_WAITING_BYTES

    def accepted(self, order: Command | PoleCommand, reply: Reply) -> Record:
        """The record of a new one."""
        number = 1 + max((record.number for record in self._records.values()), default=0)
        if isinstance(order, Command):
            return Record(number, device=order, reply=reply)
        # It was judged when it came.
        return Record(number, pole=structs.replace(order, signed=b"", signature=None), reply=reply)

    def answered(self, outcome: Outcome, reply: Reply) -> Record:
        """The record of one that has its outcome: the newest of all."""
        number = 1 + max((record.number for record in self._records.values()), default=0)
        return Record(number, outcome=outcome, reply=reply)

    def changes(self, key: str, record: Record) -> Changes:
        """What to write for it: itself, and what is forgotten for its sake."""
        return {PREFIX + key: record, **{PREFIX + old: None for old in self._too_many(key, record)}}

    def apply(self, changes: Changes) -> None:
        """They are written."""
        for key, record in changes.items():
            id = key.removeprefix(PREFIX)
            self._records.pop(id, None)
            self._bytes.pop(id, None)
            if record is not None:
                self._records[id], self._bytes[id] = record, _size(record)

    def _too_many(self, id: str, record: Record) -> Iterable[str]:
        """Outcomes that are forgotten, the oldest first; the newest is kept, however long it is."""
        known = [old for old, each in self._records.items() if each.outcome is not None and old != id]
        number = len(known) + (record.outcome is not None)
        size = sum(self._bytes[old] for old in known) + (_size(record) if record.outcome is not None else 0)
        for old in known:
            if number <= REMEMBERED and size <= REMEMBERED_BYTES:
                return
            number, size = number - 1, size - self._bytes[old]
            yield old


def _size(record: Record) -> int:
    return len(json.encode(record))
