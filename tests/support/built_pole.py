"""A pole that is built and not run, as tests of what its trades do together begin with; and one with a defect in it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from agent.assembly import Builder, Components
from agent.clock import Clock
from agent.config.schema import Config
from agent.isolation import Isolation
from agent.rule import RuleRunner
from agent.store import Store
from drivers.line import Line
from drivers.modbus import Master


class BuiltPole(NamedTuple):
    config: Config
    store: Store
    isolation: Isolation
    parts: Components


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
) -> AsyncIterator[BuiltPole]:
    """
    Args:
        stored: states that the store has before.
        masters: of these lines, in place of those of the configuration.
    """
    async with Store(database, max_bytes=1 << 24, boot=clock.boot, subject=config.pole.id) as store:
        if stored:
            await store.commit((), stored)
        lines = {name: Master(Line(name, options)) for name, options in config.line.items()} | dict(masters or {})
        isolation = isolation or Isolation(config.pole.id, clock)
        parts = await builder(config, store, store.commit, clock, clock, lines, isolation).build()
        yield BuiltPole(config, store, isolation, parts)


def defective(spoil: Callable[[str, Any], Any], base: type[Builder] = Builder) -> type[Builder]:
    """A builder whose rules are what `spoil` makes of each key and step; one for which it raises cannot be built."""

    class Defective(base):  # type: ignore[misc, valid-type]
        async def rule(self, key: str, kind: Any, step: Any, *args: Any, **more: Any) -> RuleRunner[Any]:
            return await super().rule(key, kind, spoil(key, step), *args, **more)

    return Defective
