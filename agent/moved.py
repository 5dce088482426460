"""What was left of the time in which the pole had another name: sent to the end under it, or archived and told."""

import logging
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from agent import identity, states
from agent.commands import Commands, Recipients, Records
from agent.events.gaps import GapOtherPole
from agent.events.registry import event
from agent.identity import Identity
from agent.isolation import Isolation
from agent.store import Store
from agent.trades.build import BuildContext
from agent.trades.units import Task
from agent.uplink.context import UplinkContext
from agent.uplink.dialects import DIALECTS, Topics
from agent.uplink.farewell import Farewell
from agent.uplink.rate_limit import CommandLimiter
from agent.uplink.session import Uplink
from drivers.translation import _

log = logging.getLogger(__name__)

_LEFT_OVER = _("the pole was given another name before it was done")


def tasks(context: BuildContext, uplink: Uplink) -> Iterator[Task]:
    """One for each store of another name that lies beside that of the pole."""
    for path in identity.left_behind(context.store.path):
        name = f"moved/{path.name.partition('.of-')[2]}"
        yield Task(name, partial(tell_to_the_end, path, context, uplink))


async def tell_to_the_end(path: Path, context: BuildContext, uplink: Uplink) -> None:
    """Send what waits in it and clear what is retained; then it is deleted, or archived where the broker refuses it.

    Raises StoreError: it cannot be read, or what became of it cannot be told; it may be tried again.
    """
    age_s = context.config.store.max_age_s
    async with Store(path, max_bytes=1 << 40, max_age_s=age_s, boot=context.clock.boot, subject=path.name) as store:
        before = await store.load(identity.KEY, Identity)
        if before is None:
            log.error("%s does not say whose store it is, and stays as it is", path)
            return
        await _answer_commands(store, before, context)
        retained = await store.load(states.KEY, states.Names) or states.Names()
        is_own = before.name == (context.config.pole.site, context.config.pole.id)
        farewell = Farewell(_uplink(store, before, context), retained.names, clears=not is_own)
        refusal = await uplink.say_farewell(farewell)
        left = store.depth()
    if refusal is None:
        _remove(path)
        log.warning("what was left of %s/%s is at the broker, and its store is deleted", *before.name)
    else:
        await _give_up(path, before, left, refusal, context)


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


def _uplink(store: Store, before: Identity, context: BuildContext) -> UplinkContext:
    topics = Topics(before.topics, before.site, before.pole)
    return UplinkContext(
        DIALECTS["cloudevents"](topics),
        store,
        context.clock,
        CommandLimiter(time.monotonic()),
        details=dict,
        states=dict,
        removed_devices=(),
        mapping=Isolation(before.pole, context.clock).part("dialect", each_alone=True),
    )


def _archive(path: Path, archived: Path) -> None:
    path.replace(archived)
    _remove(path)


def _remove(path: Path) -> None:
    """The store, if it is still there, and what lies beside it."""
    for suffix in ("", "-wal", "-shm", ".lock"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
