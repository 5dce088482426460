"""What the city has set on this pole: kept, applied, begun and ended by the clock."""

import asyncio
from collections.abc import Mapping
from typing import Any, Self

from msgspec import structs

from agent.clock import Moment
from agent.documents.check import Kinds, document_of
from agent.documents.document import (
    ANSWERED,
    PREFIX,
    Answered,
    Document,
    Kept,
    Key,
    Setting,
    shown,
    store_key,
    time_of,
    whole,
)
from agent.documents.errors import NotApplied, Refused
from agent.documents.hand_over import HandOver
from agent.documents.judge import Judge
from agent.documents.shelf import Shelf
from agent.events import Event
from agent.events.documents import DocumentState, PoleDocument
from agent.events.registry import event
from agent.store import StoreError
from agent.trades.build import BuildContext
from drivers.translation import _

LOOK_S = 5.0
"""A clock that was set is followed so soon at the latest, and what the disk or a defect kept from being done is tried
again."""

_SOONEST_S = 0.01

_TOLD: Mapping[str, DocumentState] = {"in_force": "begun", "refused": "refused"}
"""What is told of a document that changes by itself; that one waits again is no news."""


class Documents:
    """All changes go through here, one at a time.

    Args:
        context: of the pole that was built; its configuration may become another.
        kinds: those that its trades take.
        kept, answered: as loaded from the store.
    """

    def __init__(self, context: BuildContext, kinds: Kinds, kept: Mapping[Key, Kept], answered: Answered) -> None:
        self._context, self.answered, self.judge = context, answered, Judge(context, kinds)
        self._shelf = Shelf(kept, self.judge.check)
        self._hand_over = HandOver(kinds, context)
        self._turn, self._news = asyncio.Lock(), asyncio.Event()

    @classmethod
    async def load(cls, context: BuildContext, kinds: Kinds) -> Self:
        """Loads them from the store, which tells of one that cannot be read."""
        found = [await context.store.load(key, Kept) for key in await context.store.keys(PREFIX)]
        kept = {each.document.key: each for each in found if each is not None}
        return cls(context, kinds, kept, await context.state(ANSWERED, Answered))

    async def run(self) -> None:
        """Begins, ends and applies documents in time, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._news.clear()
            pause_s = await self.look()
            timer = None if pause_s is None else loop.call_later(pause_s, self._news.set)
            await self._news.wait()
            if timer is not None:
                timer.cancel()

    async def follow(self) -> None:
        """Checks all by the configuration in force and hands them to the parts that there are now, after a reload."""
        async with self._turn:
            self._shelf.recheck()
            self._hand_over.anew()
        await self.look()

    async def look(self) -> float | None:
        """Does what time has brought; returns the seconds until the next look, None: nothing is kept.

        What the disk refuses to note takes effect all the same, and is told when it takes it.
        """
        async with self._turn:
            now = self._context.clock.now()
            noted = await self._note(now)
            late = await self._hand_over.apply(self._shelf, now)
            next_s = self._shelf.next_s(now)
            if late or not noted:
                return LOOK_S
            return None if next_s is None else min(LOOK_S, max(_SOONEST_S, next_s))

    async def set(self, command_id: str, setting: Setting) -> dict[str, Any]:
        """Keeps a document in place of what has its name, and applies it; returns what the sender is told.

        Raises:
            Refused, NotApplied: see there.
            StoreError: the disk refuses, and all is as it was.
        """
        async with self._turn:
            if (told := self.answered.told(command_id)) is not None:
                return told
            await self._note(self._context.clock.now())
            if problems := self.judge.problems_of_whole(setting):
                raise Refused(problems)
            found = self._shelf.get((setting.kind, setting.name))
            return await self._put(command_id, setting, None if found is None else found.document, "set")

    async def revert(self, command_id: str, key: Key) -> dict[str, Any]:
        """Lets a document give way to the one that it replaced, as a new revision. Returns and raises as `set` does."""
        async with self._turn:
            if (told := self.answered.told(command_id)) is not None:
                return told
            kept = self._shelf.find(key)
            if kept.before is None:
                raise Refused((_("it has replaced no other document that still held"),))
            old = kept.before
            setting = Setting(old.kind, old.name, old.content, old.valid_from, old.valid_until)
            return await self._put(command_id, setting, kept.document, "reverted")

    async def withdraw(self, command_id: str, key: Key) -> dict[str, Any]:
        """Forgets a document, and what it has replaced. Returns and raises as `set` does."""
        async with self._turn:
            if (told := self.answered.told(command_id)) is not None:
                return told
            kept = self._shelf.find(key)
            data = shown(kept, kept.phase) | {"state": "withdrawn", "in_force": False}
            answered = structs.replace(self.answered, command_id=command_id, data=data)
            return await self._change(key, None, answered, self._event(kept, "withdrawn", command_id))

    def one(self, key: Key) -> dict[str, Any]:
        """Returns all that is known of one, JSON-able. Raises Refused where there is none."""
        kept, now = self._shelf.find(key), self._context.clock.now()
        before = None if kept.before is None else whole(kept.before)
        return (
            whole(kept.document)
            | shown(kept, self._shelf.phase(key, now), self._shelf.problem(key))
            | {"before": before}
        )

    def rows(self, kind: str | None = None) -> list[dict[str, Any]]:
        """See Shelf.rows."""
        return self._shelf.rows(self._context.clock.now(), kind)

    async def _put(
        self, command_id: str, setting: Setting, before: Document | None, state: DocumentState
    ) -> dict[str, Any]:
        now = self._context.clock.now()
        document = document_of(setting, before, self.answered.number + 1, command_id, now)
        kept = self._shelf.judged(document, before, now)
        data = shown(kept, kept.phase) | {"in_force": kept.phase == "in_force"}
        answered = Answered(document.number, command_id, data)
        return await self._change(document.key, kept, answered, self._event(kept, state, command_id))

    async def _change(self, key: Key, kept: Kept | None, answered: Answered, told: Event) -> dict[str, Any]:
        """Writes a change in one transaction with its event and what the sender is told; only then does it count."""
        await self._context.commit((told,), {store_key(key): kept, ANSWERED: answered})
        self.answered = answered
        self._shelf.put({key: kept})
        self._news.set()
        late = await self._hand_over.apply(self._shelf, self._context.clock.now())
        if key[0] in late:
            raise NotApplied(late[key[0]])
        return answered.data

    async def _note(self, now: Moment) -> bool:
        """Writes and tells what has begun, ended, or fits no more; returns whether nothing is left to write."""
        news = self._shelf.news(now)
        states = {key: "expired" if kept is None else _TOLD.get(kept.phase) for key, kept in news.items()}
        told = [
            self._event(news[key] or self._shelf.find(key), state, None, self._shelf.problem(key))
            for key, state in states.items()
            if state is not None
        ]
        try:
            if news:
                await self._context.commit(told, {store_key(key): kept for key, kept in news.items()})
        except StoreError:
            return False
        self._shelf.put(news)
        return True

    def _event(self, kept: Kept, state: DocumentState, command_id: str | None, problem: str | None = None) -> Event:
        document, ended = kept.document, state in {"expired", "withdrawn"}
        told = PoleDocument(
            document=document.kind,
            name=document.name,
            revision=document.revision,
            state=state,
            in_force=kept.phase == "in_force" and not ended,
            valid_from=None if document.valid_from is None else time_of(document.valid_from),
            valid_until=time_of(document.valid_until),
            command_id=command_id,
            reason=problem if state == "refused" else None,
        )
        return event(told, self._context.config.pole.id, self._context.clock.now())
