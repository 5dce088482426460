"""Opens the way to the city and back: the uplink with what it tells of the pole, and what its commands do."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import structs

from agent import report, states
from agent.clock import Moment
from agent.commands import KEY, Commands, CommandsState
from agent.config.schema import Config
from agent.events.pole import Health
from agent.isolation import Isolation
from agent.rule import Step
from agent.store import StoreError
from agent.supervise import Supervisor
from agent.trades.build import BuildContext
from agent.uplink import expiry
from agent.uplink.commands import BadCommand
from agent.uplink.expiry import ExpiryState
from agent.uplink.session import Uplink
from drivers.base import Command, Reading

log = logging.getLogger(__name__)


async def open_commands(context: BuildContext) -> Commands:
    """What carries out commands to whatever was built and takes them."""
    built = context.built
    commanded = {name for names in built.commanded.values() for name in names}
    return Commands(
        context.config.pole.id,
        built.targets,
        built.commanded,
        states.subjects(context.config) - commanded,
        commit=context.commit,
        clock=context.clock,
        state=await context.state(KEY, CommandsState),
        isolation=context.isolation,
    )


async def open_uplink(
    context: BuildContext, commands: Commands, supervisors: list[Supervisor], health: Callable[[], Health | None]
) -> Uplink:
    """The uplink, not yet running, and the rule that tells when its certificates end.

    Args:
        health: what a fleet's table shows of a pole beside its inventory; None: no heartbeat has told it yet.
    """
    config, isolation = context.config, context.isolation
    uplink = Uplink(
        config.uplink,
        config.pole.site,
        config.pole.id,
        context.store,
        partial(_carry_out, commands, isolation),
        details=lambda: _inventory(config, context.clock.now(), isolation) | _told(health()),
        states=lambda: states.states(config, context.clock.now(), context.built, supervisors, isolation),
        removed_devices=await _removed_devices(context),
        clock=context.clock,
        isolation=isolation,
    )
    if config.uplink.tls is not None:
        await isolation.part("certificates").build(partial(_watch_certificates, context, uplink))
    return uplink


def _told(health: Health | None) -> dict[str, Any]:
    return {} if health is None else structs.asdict(health)


def _inventory(config: Config, now: Moment, isolation: Isolation) -> dict[str, Any]:
    """Returns the inventory; empty where it cannot be made: that the pole is online is told all the same."""
    return isolation.part("inventory").ask(lambda: report.inventory(config, now)) or {}


async def _carry_out(commands: Commands, isolation: Isolation, command: Command | BadCommand) -> None:
    try:
        await isolation.part("commands", each_alone=True).attempt(partial(commands.handle, command))
    except StoreError:
        log.error("the outcome of a command could not be written; its sender may send it again")


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
