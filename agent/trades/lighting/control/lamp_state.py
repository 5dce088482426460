"""What of one lamp survives a restart: the order that holds, and what was told of its level."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct, structs

from agent.clock import Moment
from agent.events import Event
from agent.rule import Commit
from agent.trades.lighting.plan.override import Override, ended


class LampState(Struct, frozen=True):
    """What survives a restart.

    Args:
        override: the order in force, if any.
        level_percent, commanded_percent, reason, colour_k, commanded_colour_k: as last told to the city.
    """

    override: Override | None = None
    level_percent: float | None = None
    commanded_percent: float | None = None
    reason: str = ""
    colour_k: float | None = None
    commanded_colour_k: float | None = None


Change = Callable[[LampState], tuple[LampState, Sequence[Event]]]
"""Makes of the state that holds the next one, and what is told of it."""


class CommittedState:
    """The state of one lamp; another one counts only once it is committed.

    Args:
        lamp: its name.
        value: as loaded from the store under `key`.
    """

    def __init__(self, lamp: str, value: LampState, commit: Commit) -> None:
        self.key, self.value = f"lamp/{lamp}", value
        self._commit, self._changing = commit, asyncio.Lock()

    async def change(
        self, step: Callable[[LampState], tuple[LampState, Sequence[Event]]]
    ) -> tuple[LampState, LampState]:
        """Takes a step from the state that holds now; returns that one and the next. Raises what `commit` raises."""
        async with self._changing:
            before = self.value
            after, events = step(before)
            if events or after != before:
                await self._commit(events, {self.key: after})
                self.value = after
            return before, after

    async def load(self, load: Callable[[], Awaitable[LampState]]) -> None:
        """Takes the state that `load` gives in place of it."""
        async with self._changing:
            self.value = await load()


def expired(state: LampState, now: Moment) -> LampState:
    """Drops an override that is over, and dates one by the clock that has been set since."""
    override = state.override
    if override is None:
        return state
    kept = None if ended(override, now) else structs.replace(override, given=override.given.corrected(now))
    return state if kept == override else structs.replace(state, override=kept)


def taken_back(state: LampState, order: Override | None, before: Override | None) -> LampState:
    """What held before an order holds again, unless a newer one came meanwhile."""
    return structs.replace(state, override=before) if state.override == order else state
