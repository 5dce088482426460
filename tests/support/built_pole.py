"""A pole that is built and not run, as tests of what its trades do together begin with; and one with a defect in it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from agent.assembly import Builder, Components
from agent.clock import Clock, Moment
from agent.config.schema import Config
from agent.isolation import Isolation
from agent.rule import Commit, RuleRunner
from agent.store import Store

UNIX_S = 1_798_000_000.0


class MovedClock:
    """One that the test moves.

    Args:
        unix_s: at monotonic 0.
    """

    boot, mono_s, trusted = "b1", 1000.0, True

    def __init__(self, unix_s: float = UNIX_S) -> None:
        self._unix_s = unix_s

    def now(self) -> Moment:
        return self.moment_at(self.mono_s)

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(self._unix_s + mono_s, mono_s, self.boot, self.trusted)


class BuiltPole(NamedTuple):
    config: Config
    store: Store
    isolation: Isolation
    parts: Components
    builder: Builder


@asynccontextmanager
async def built_pole(
    config: Config,
    database: Path,
    clock: Clock,
    *,
    builder: Callable[..., Builder] = Builder,
    isolation: Isolation | None = None,
    stored: Mapping[str, Struct] | None = None,
    masters: Mapping[str, Any] | None = None,
    commit: Callable[[Commit], Commit] = lambda commit: commit,
) -> AsyncIterator[BuiltPole]:
    """
    Args:
        stored: states that the store has before.
        masters: of these lines, in place of those of the configuration.
        commit: what its parts commit by, made of what the store does.
    """
    async with Store(database, max_bytes=1 << 24, boot=clock.boot, subject=config.pole.id) as store:
        if stored:
            await store.commit((), stored)
        isolation = isolation or Isolation(config.pole.id, clock)
        made = builder(config, store, commit(store.commit), clock, clock, dict(masters or {}), isolation)
        yield BuiltPole(config, store, isolation, await made.build(), made)
        await made.close()


def defective(spoil: Callable[[str, Any], Any], base: type[Builder] = Builder) -> type[Builder]:
    """A builder whose rules are what `spoil` makes of each key and step; one for which it raises cannot be built."""

    class Defective(base):  # type: ignore[misc, valid-type]
        async def rule(self, key: str, kind: Any, step: Any, *args: Any, **more: Any) -> RuleRunner[Any]:
            return await super().rule(key, kind, spoil(key, step), *args, **more)

    return Defective
