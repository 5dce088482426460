"""Opens the way to the city and back: the uplink with what it tells of the pole, and what its commands do."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import structs

from agent import states
from agent.clock import Moment
from agent.commands import KEY, Commands, CommandsState
from agent.events.pole import Health
from agent.isolation import Isolation
from agent.rule import Step
from agent.store import StoreError
from agent.supervise import Supervisor
from agent.trades.build import BuildContext
from agent.trades.units import Share, Unit
from agent.uplink import expiry
from agent.uplink.commands import Heard
from agent.uplink.expiry import ExpiryState
from agent.uplink.session import Uplink
from drivers.base import Reading
from drivers.mqtt.tls import Expiry

log = logging.getLogger(__name__)


class Names:
    """Names of what has a state, by the configuration in force: these sets follow it.

    Args:
        removed: devices of earlier configurations, whose states the broker may still keep.
        uncommanded: what takes no commands.
    """

    def __init__(self, context: BuildContext) -> None:
        self._context = context
        self.removed: set[str] = set()
        self.uncommanded: set[str] = set()

    async def follow(self) -> None:
        context = self._context
        before = await context.state(states.KEY, states.Names)
        present = states.subjects(context.config)
        known = states.retained_history(before, present)
        if known != before:
            try:
                await context.commit((), {states.KEY: known})
            except StoreError:
                log.info("which devices there are was not written, and is written at the next start")
        _become(self.removed, frozenset(before.names) - present)
        _become(self.uncommanded, present.difference(*context.built.commanded.values()))


def _become(names: set[str], others: Collection[str]) -> None:
    names.clear()
    names.update(others)


async def open_commands(context: BuildContext, names: Names) -> Commands:
    """What carries out commands to whatever was built and takes them."""
    built = context.built
    return Commands(
        context.config.pole.id,
        built.targets,
        built.commanded,
        names.uncommanded,
        commit=context.commit,
        clock=context.clock,
        actions=built.actions,
        state=await context.state(KEY, CommandsState),
        isolation=context.isolation,
    )


def open_uplink(
    context: BuildContext,
    names: Names,
    commands: Commands,
    *,
    supervisors: list[Supervisor],
    inventory: Callable[[], Mapping[str, Any]],
    health: Callable[[], Health | None],
) -> Uplink:
    """The uplink, not yet running.

    Args:
        inventory: nothing, where it cannot be made: that the pole is online is told all the same.
        health: what a fleet's table shows of a pole beside its inventory; None: no heartbeat has told it yet.
    """
    config, isolation, clock = context.config, context.isolation, context.clock
    return Uplink(
        config.uplink,
        config.pole.site,
        config.pole.id,
        context.store,
        partial(_carry_out, commands, isolation),
        details=lambda: {**inventory(), **_told(health())},
        states=lambda: states.states(context.config, clock.now(), context.built, supervisors, isolation),
        removed_devices=names.removed,
        clock=clock,
        isolation=isolation,
    )


def _told(health: Health | None) -> dict[str, Any]:
    return {} if health is None else structs.asdict(health)


async def _carry_out(commands: Commands, isolation: Isolation, command: Heard) -> None:
    try:
        await isolation.part("commands", each_alone=True).attempt(partial(commands.handle, command))
    except StoreError:
        log.error("the outcome of a command could not be written; its sender may send it again")


def certificates(context: BuildContext, seen: Callable[[], Sequence[Expiry]]) -> Unit:
    """The rule that tells when certificates end.

    Args:
        seen: those of the uplink.
    """

    def step(state: ExpiryState, now: Moment, _: Reading | None) -> Step[ExpiryState]:
        return expiry.step(context.config.pole.id, state, now, seen())

    async def build(share: Share) -> None:
        share.runners.append(await context.rule("certificates", ExpiryState, step))

    return Unit("certificates", (), build)
