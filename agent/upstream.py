"""Opens the way to the city and back: the uplink with what it tells of the pole, and what its commands do."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import structs

from agent import states
from agent.clock import Moment
from agent.commands import Commands, Gate, Recipients, Records
from agent.commands.restart import Restart
from agent.config.schema import Config
from agent.configuration import InForce
from agent.diagnose import Diagnose
from agent.events.pole import Health
from agent.events.security import SecurityData
from agent.rule import Step
from agent.store import StoreError
from agent.supervise import Supervisor
from agent.trades.build import BuildContext
from agent.trades.units import Share, Unit
from agent.uplink import expiry
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
        named = present | set(context.config.group)
        _become(self.uncommanded, named.difference(*context.built.commanded.values()))


def _become(names: set[str], others: Collection[str]) -> None:
    names.clear()
    names.update(others)


def gate_of(config: Config) -> Gate:
    """Returns what says who may order what."""
    return Gate(f"{config.pole.site}/{config.pole.id}", config.uplink.commands, config.uplink.command_key)


async def open_commands(
    context: BuildContext,
    names: Names,
    status: Callable[[], Awaitable[Mapping[str, Any]]],
    in_force: InForce | None = None,
    note: Callable[[SecurityData], None] = lambda _data: None,
) -> Commands:
    """What carries out commands to whatever was built and takes them.

    Args:
        status: what a technician is answered.
        in_force: the file by which the pole runs, where it does by one.
        note: see Commands.
    """
    built, config, clock = context.built, context.config, context.clock
    began_s = clock.now().mono_s
    built.actions.add(Restart(lambda: clock.now().mono_s - began_s))
    file = None if in_force is None else Path(in_force.path)
    masked = partial(_password_files, context)
    built.actions.add(Diagnose(status, clock, Path(config.store.path), file, masked))
    return Commands(
        config.pole.id,
        Recipients(built.targets, built.commanded, names.uncommanded, built.actions, built.orders),
        commit=context.commit,
        clock=context.clock,
        records=await Records.load(context.store),
        gate=gate_of(config),
        isolation=context.isolation,
        note=note,
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
    """The uplink, not yet running; what comes down goes to `commands`.

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
        commands.take,
        replies=commands.records.replies,
        details=lambda: {**inventory(), **_told(health())},
        states=lambda: states.states(context.config, clock.now(), context.built, supervisors, isolation),
        removed_devices=names.removed,
        clock=clock,
        isolation=isolation,
    )


def _password_files(context: BuildContext) -> tuple[str, ...]:
    config = context.config
    brokers = (config.uplink, *config.lorawan.values())
    return tuple(each.password_file for each in brokers if each.password_file is not None)


def _told(health: Health | None) -> dict[str, Any]:
    return {} if health is None else structs.asdict(health)


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
