"""Opens the way to the city and back: the uplink with what it tells of the pole, and what its commands do."""

import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import structs

from agent import states
from agent.clock import Moment
from agent.commands import Commands, Dispatch, Gate, Records
from agent.commands.restart import Restart
from agent.config.schema import Config
from agent.configuration import InForce
from agent.diagnose import Diagnose
from agent.events import Event
from agent.events.pole import Health
from agent.isolation import Isolation
from agent.rule import Step
from agent.store import StoreError
from agent.supervise import Supervisor
from agent.trades.build import BuildContext
from agent.trades.units import Share, Unit
from agent.uplink import expiry
from agent.uplink.expiry import ExpiryState
from agent.uplink.inbox import Arrival
from agent.uplink.session import Uplink
from drivers.base import Reading
from drivers.mqtt.tls import Expiry
from drivers.translation import _

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
    """Makes the gate that knows who may order what."""
    return Gate(f"{config.pole.site}/{config.pole.id}", config.uplink.commands, config.uplink.command_key)


async def open_commands(
    context: BuildContext,
    names: Names,
    status: Callable[[], Awaitable[Mapping[str, Any]]],
    in_force: InForce | None = None,
) -> Commands:
    """What carries out commands to whatever was built and takes them.

    Args:
        status: what a technician is answered.
        in_force: the file by which the pole runs, where it does by one.
    """
    built, config, clock = context.built, context.config, context.clock
    began_s = clock.now().mono_s
    built.actions.add(Restart(lambda: clock.now().mono_s - began_s))
    file = None if in_force is None else Path(in_force.path)
    masked = partial(_password_files, context)
    built.actions.add(Diagnose(status, clock, Path(config.store.path), file, masked))
    return Commands(
        config.pole.id,
        Dispatch(built.targets, built.commanded, names.uncommanded, built.actions, context.isolation),
        commit=context.commit,
        clock=context.clock,
        records=await Records.load(context.store),
        gate=gate_of(config),
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

    async def accept(arrival: Arrival) -> Event | None:
        return await _accept(commands, isolation, uplink, arrival)

    uplink = Uplink(
        config.uplink,
        config.pole.site,
        config.pole.id,
        context.store,
        accept,
        replies=commands.records.replies,
        details=lambda: {**inventory(), **_told(health())},
        states=lambda: states.states(context.config, clock.now(), context.built, supervisors, isolation),
        removed_devices=names.removed,
        clock=clock,
        isolation=isolation,
    )
    return uplink


def _password_files(context: BuildContext) -> tuple[str, ...]:
    config = context.config
    brokers = (config.uplink, *config.lorawan.values())
    return tuple(each.password_file for each in brokers if each.password_file is not None)


def _told(health: Health | None) -> dict[str, Any]:
    return {} if health is None else structs.asdict(health)


async def _accept(commands: Commands, isolation: Isolation, uplink: Uplink, arrival: Arrival) -> Event | None:
    """Returns the outcome of a command of which nothing could be written; None: it was accepted."""
    work = partial(commands.accept, arrival.heard, arrival.reply, again=arrival.again)
    try:
        taken = await isolation.part("inbox", each_alone=True).attempt(work)
    except StoreError as error:
        log.error("a command could not be written, and is answered so: %s", error)
        reason = _("the disk of the pole refuses it, send it again later: {reason}").format(reason=error)
        return commands.unwritten(arrival.heard, reason)
    if taken is None:
        return commands.unwritten(arrival.heard, _("a defect of lamppost keeps it from accepting this"))
    if not taken:
        uplink.limiter.count_dropped(time.monotonic())
    return None


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
