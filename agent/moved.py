"""What was left of the time in which the pole had another name, or spoke under other topics.

Under another name it is sent to the end, or archived and told; under other topics nothing stays retained.
"""

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from agent import identity, states
from agent.commands import Commands, Recipients, Records
from agent.events.gaps import GapOtherPole
from agent.events.registry import event
from agent.identity import Identity
from agent.isolation import Isolation
from agent.places import identities
from agent.store import Store
from agent.trades.build import BuildContext
from agent.trades.units import Task
from agent.uplink.choice import Choice
from agent.uplink.context import UplinkContext
from agent.uplink.dialects import Topics, dialect_of
from agent.uplink.dialects.topics import TopicOptions
from agent.uplink.farewell import Farewell
from agent.uplink.rate_limit import CommandLimiter
from agent.uplink.uplink import Uplink
from agent.uplink.uplinks import Uplinks
from agent.uplink.withholding import Withholding
from agent.withheld import withheld
from drivers.translation import _

log = logging.getLogger(__name__)

_LEFT_OVER = _("the pole was given another name before it was done")


def tasks(context: BuildContext, uplinks: Uplinks) -> Iterator[Task]:
    """One for each store of another name that lies beside that of the pole."""
    for path in identity.left_behind(context.store.path):
        name = f"moved/{path.name.partition('.of-')[2]}"
        yield Task(name, partial(tell_to_the_end, path, context, uplinks))


class OldTopics:
    """Takes what is retained under topics of earlier templates from the broker, as soon as there are any."""

    def __init__(self, context: BuildContext, uplinks: Uplinks) -> None:
        self._context, self._uplinks, self._news = context, uplinks, asyncio.Event()
        self._mapping = context.isolation.part("dialect", each_alone=True)

    def follow(self) -> None:
        """The templates have become others."""
        self._news.set()

    async def run(self) -> None:
        """Runs until cancelled. Raises StoreError: the store cannot be read or written; it may be tried again."""
        while True:
            self._news.clear()
            async with asyncio.TaskGroup() as tasks:
                clearing = tasks.create_task(self._clear_all(), name="old-topics-clear")
                await self._news.wait()
                clearing.cancel()

    async def _clear_all(self) -> None:
        """Each broker in its own time: one may be away for long."""
        async with asyncio.TaskGroup() as tasks:
            for key in await self._context.store.keys(identity.TOPICS):
                tasks.create_task(self._clear(key), name=key)

    async def _clear(self, key: str) -> None:
        store, pole, name = self._context.store, self._context.config.pole, identity.uplink_of(key)
        topics, uplink = await store.load(key, TopicOptions), self._uplinks.get(name)
        if topics is None:
            return
        if uplink is None:
            await self._context.commit((), {key: None})
            return
        names = (await store.load(states.KEY, states.Names) or states.Names()).names
        uuid, in_use = await _uuid(store, pole.id), partial(_in_use, self._context, name, names)
        spoken = [dialect_of(topics, pole.site, pole.id)]
        refusal = await uplink.say_farewell(Farewell(None, spoken, names, uuid, in_use, mapping=self._mapping))
        if refusal is not None:
            log.warning("what is retained at the broker under older topics stays there: %s", refusal)
            return
        await self._context.commit((), {key: None})
        log.info("nothing is retained at the broker under %s and other older topics any more", topics.status)


async def tell_to_the_end(path: Path, context: BuildContext, uplinks: Uplinks) -> None:
    """Send what waits in it and clear what is retained; then it is deleted, or archived where a broker refuses it.

    Raises StoreError: it cannot be read, or what became of it cannot be told; it may be tried again.
    """
    age_s, boot = context.config.store.max_age_s, context.clock.boot
    positions = {name: Choice(each.options.events).takes for name, each in uplinks.by_name.items()}
    async with Store(
        path,
        max_bytes=1 << 40,
        max_age_s=age_s,
        boot=boot,
        subject=path.name,
        positions=positions,
        now=context.clock.now,
    ) as store:
        before = await store.load(identity.KEY, Identity)
        if before is None:
            log.error("%s does not say whose store it is, and stays as it is", path)
            return
        await _answer_commands(store, before, context)
        saying = [_say(store, before, context, name, each) for name, each in uplinks.by_name.items()]
        refusal = next(filter(None, await asyncio.gather(*saying)), None)
        left = store.depth()
    if refusal is None:
        _remove(path)
        log.warning("what was left of %s/%s is at the broker, and its store is deleted", *before.name)
    else:
        await _give_up(path, before, left, refusal, context)


async def _say(store: Store, before: Identity, context: BuildContext, name: str, uplink: Uplink) -> str | None:
    """What one uplink had of it; why its broker refuses it, None: it does not."""
    retained = await store.load(states.KEY, states.Names) or states.Names()
    is_own = before.name == (context.config.pole.site, context.config.pole.id)
    spoken = () if is_own else [dialect_of(each, *before.name) for each in await _topics(store, before, name)]
    in_use, uuid = partial(_in_use, context, name, retained.names), await _uuid(store, before.pole)
    left_over = _uplink(store, before, context, name)
    farewell = Farewell(left_over, spoken, retained.names, uuid, in_use, mapping=left_over.mapping)
    return await uplink.say_farewell(farewell)


async def _give_up(path: Path, before: Identity, left: int, refusal: str, context: BuildContext) -> None:
    """Keep what the broker refuses, and tell it under the name of now. Raises StoreError."""
    archived = path.with_name(path.name + ".archived")
    told = GapOtherPole(site=before.site, pole=before.pole, events=left, kept_as=archived.name, detail=refusal)
    await context.commit((event(told, context.config.pole.id, context.clock.now()),), {})
    _archive(path, archived)
    log.error("the broker takes nothing of %s/%s (%s): its store is kept as %s", *before.name, refusal, archived)


async def _answer_commands(store: Store, before: Identity, context: BuildContext) -> None:
    """Gives up each command that waits, so that none is left without an outcome."""
    commands = Commands(
        before.pole, Recipients({}, {}), commit=store.commit, clock=context.clock, records=await Records.load(store)
    )
    await commands.give_up(_LEFT_OVER)


def _in_use(context: BuildContext, uplink: str, devices: Sequence[str]) -> set[str]:
    """Returns the topics of the pole as it is now, at the broker of that uplink."""
    uplinks, pole = context.config.uplink, context.config.pole
    place = uplinks[uplink].address if uplink in uplinks else None
    spoken = [Topics(each.topics, pole.site, pole.id) for each in uplinks.values() if each.address == place]
    return {topic for topics in spoken for topic in (topics.status, *map(topics.state, devices))}


async def _topics(store: Store, before: Identity, uplink: str) -> list[TopicOptions]:
    """Returns those under which something may be retained at the broker of that uplink, the last ones first."""
    keys = [key for key in await store.keys(identity.TOPICS) if identity.uplink_of(key) == uplink]
    known = [before.spoken.get(uplink), *[await store.load(key, TopicOptions) for key in keys]]
    return [each for each in known if each is not None]


async def _uuid(store: Store, pole: str) -> str | None:
    """The identity of the pole under that id, as it stands in a store."""
    known = await store.load(identities.KEY, identities.Identities) or identities.Identities()
    return known.uuids.get(f"pole/{pole}")


def _uplink(store: Store, before: Identity, context: BuildContext, name: str) -> UplinkContext:
    return UplinkContext(
        dialect_of(before.spoken.get(name) or TopicOptions(), *before.name),
        store.position(name),
        context.clock,
        CommandLimiter(time.monotonic()),
        details=dict,
        states=dict,
        removed_devices=(),
        mapping=Isolation(before.pole, context.clock).part("dialect", each_alone=True),
        withholding=Withholding(partial(withheld, context)),
        name=name,
    )


def _archive(path: Path, archived: Path) -> None:
    path.replace(archived)
    _remove(path)


def _remove(path: Path) -> None:
    """The store, if it is still there, and what lies beside it."""
    for suffix in ("", "-wal", "-shm", "-journal", ".lock", ".mark"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
