"""Opens the way to the city and back: the uplink with what it tells of the pole, and what its commands do."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import structs

from agent import report, states
from agent.clock import Moment
from agent.commands import Commands, Dispatch, Gate, Records
from agent.commands.restart import Restart
from agent.config.schema import Config
from agent.configuration import InForce
from agent.diagnose import Diagnose
from agent.events import Event
from agent.events.pole import Health
from agent.isolation import Isolation
from agent.places import Places
from agent.rule import Step
from agent.store import StoreError
from agent.supervise import Supervisor
from agent.trades.build import BuildContext, Task
from agent.uplink import expiry
from agent.uplink.expiry import ExpiryState
from agent.uplink.inbox import Arrival
from agent.uplink.session import Uplink
from drivers.base import Reading
from drivers.translation import _

log = logging.getLogger(__name__)


async def open_commands(
    context: BuildContext, status: Callable[[], Awaitable[Mapping[str, Any]]], in_force: InForce | None = None
) -> Commands:
    """What carries out commands to whatever was built and takes them; its work is among the tasks.

    Args:
        status: what a technician is answered.
        in_force: the file by which the pole runs, where it does by one.
    """
    built, config, clock = context.built, context.config, context.clock
    began_s = clock.now().mono_s
    built.actions.add(Restart(lambda: clock.now().mono_s - began_s))
    file = None if in_force is None else Path(in_force.path)
    built.actions.add(Diagnose(status, clock, Path(config.store.path), file, _password_files(config)))
    commanded = {name for names in built.commanded.values() for name in names}
    others = (states.subjects(config) | set(config.group)) - commanded
    commands = Commands(
        config.pole.id,
        Dispatch(built.targets, built.commanded, others, built.actions, context.isolation),
        commit=context.commit,
        clock=context.clock,
        records=await Records.load(context.store),
        gate=Gate(f"{config.pole.site}/{config.pole.id}", config.uplink.commands, config.uplink.command_key),
    )
    built.tasks.append(Task("commands", commands.run))
    return commands


async def open_uplink(
    context: BuildContext, commands: Commands, supervisors: list[Supervisor], health: Callable[[], Health | None]
) -> Uplink:
    """The uplink, not yet running, and the rule that tells when its certificates end.

    Args:
        health: what a fleet's table shows of a pole beside its inventory; None: no heartbeat has told it yet.
    """
    config, isolation = context.config, context.isolation

    async def accept(arrival: Arrival) -> Event | None:
        return await _accept(commands, isolation, uplink, arrival)

    uplink = Uplink(
        config.uplink,
        config.pole.site,
        config.pole.id,
        context.store,
        accept,
        replies=commands.records.replies,
        details=lambda: _inventory(config, context.clock.now(), context.identified, isolation) | _told(health()),
        states=lambda: states.states(config, context.clock.now(), context.built, supervisors, isolation),
        removed_devices=await _removed_devices(context),
        clock=context.clock,
        isolation=isolation,
    )
    if config.uplink.tls is not None:
        await isolation.part("certificates").build(partial(_watch_certificates, context, uplink))
    return uplink


def _password_files(config: Config) -> tuple[str, ...]:
    brokers = (config.uplink, *config.lorawan.values())
    return tuple(each.password_file for each in brokers if each.password_file is not None)


def _told(health: Health | None) -> dict[str, Any]:
    return {} if health is None else structs.asdict(health)


def _inventory(config: Config, now: Moment, places: Places, isolation: Isolation) -> dict[str, Any]:
    """Returns the inventory; empty where it cannot be made: that the pole is online is told all the same."""
    return isolation.part("inventory").ask(lambda: report.inventory(config, now, places)) or {}


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


async def _removed_devices(context: BuildContext) -> frozenset[str]:
    """Devices of an earlier configuration, whose states the broker still keeps."""
    before = await context.state(states.KEY, states.Names)
    present = states.subjects(context.config)
    known = states.retained_history(before, present)
    if known != before:
        try:
            await context.commit((), {states.KEY: known})
        except StoreError:
            log.info("which devices there are was not written, and is written at the next start")
    return frozenset(before.names) - present


async def _watch_certificates(context: BuildContext, uplink: Uplink) -> None:
    def step(state: ExpiryState, now: Moment, _: Reading | None) -> Step[ExpiryState]:
        return expiry.step(context.config.pole.id, state, now, uplink.status.certificates)

    context.built.runners.append(await context.rule("certificates", ExpiryState, step))
