"""Opens the way to the city and back: the uplink with what it tells of the pole, and what its commands do."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from agent import states
from agent.clock import Moment
from agent.commands import Commands, Gate, Recipients, Records
from agent.commands.resend import ResendEvents
from agent.commands.restart import Restart
from agent.config.schema import Config
from agent.configuration import InForce
from agent.diagnose import Diagnose
from agent.events import POLE_BIRTH, POLE_STATUS
from agent.events.pole import Health
from agent.events.security import SecurityData
from agent.rule import Step
from agent.store import StoreError, Wants
from agent.supervise import Supervisor
from agent.trades.base import Trade
from agent.trades.build import BuildContext
from agent.trades.units import Share, Unit
from agent.uplink import expiry
from agent.uplink.budget import Account
from agent.uplink.choice import Choice
from agent.uplink.expiry import ExpiryState
from agent.uplink.options import UplinkOptions, table_of
from agent.uplink.uplink import Uplink
from agent.uplink.uplinks import Uplinks
from agent.withheld import withheld
from drivers.base import Reading

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


def gates_of(config: Config) -> dict[str, Gate]:
    """Returns what says who may order what, by the name of the uplink."""
    pole = f"{config.pole.site}/{config.pole.id}"
    return {
        name: Gate(pole, each.commands or "none", each.command_key, table_of(name))
        for name, each in config.uplink.items()
    }


def wants_of(config: Config) -> dict[str, Wants]:
    """Returns which types of event each uplink gets, by its name."""
    return {name: Choice(each.events).takes for name, each in config.uplink.items()}


def former_names(config: Config) -> dict[str, str]:
    """Returns the name that each renamed uplink had before."""
    return {name: each.former_name for name, each in config.uplink.items() if each.former_name is not None}


async def open_commands(
    context: BuildContext,
    names: Names,
    status: Callable[[], Awaitable[Mapping[str, Any]]],
    in_force: InForce | None,
    note: Callable[[SecurityData], None],
) -> Commands:
    """What carries out commands to whatever was built and takes them.

    Args:
        status: what a technician is answered.
        in_force: the file by which the pole runs, where it does by one.
        note: see Commands.
    """
    _add_actions(context, status, None if in_force is None else Path(in_force.path))
    built, config = context.built, context.config
    return Commands(
        config.pole.id,
        Recipients(built.targets, built.commanded, names.uncommanded, built.actions, built.orders),
        commit=context.commit,
        clock=context.clock,
        records=await Records.load(context.store),
        gates=gates_of(config),
        isolation=context.isolation,
        note=note,
    )


def _add_actions(context: BuildContext, status: Callable[[], Awaitable[Mapping[str, Any]]], file: Path | None) -> None:
    """What the pole itself can be told to do, whatever its trades are."""
    actions, clock = context.built.actions, context.clock
    began_s = clock.now().mono_s
    actions.add(Restart(lambda: clock.now().mono_s - began_s))
    actions.add(ResendEvents(context.store.position))
    masked = partial(_password_files, context)
    actions.add(Diagnose(status, clock, Path(context.config.store.path), file, masked))


def open_uplinks(
    context: BuildContext,
    names: Names,
    commands: Commands,
    *,
    supervisors: list[Supervisor],
    inventory: Callable[[], Mapping[str, Any]],
    health: Callable[[], Health | None],
    accounts: Mapping[str, Account],
    trades: Sequence[Trade],
) -> Uplinks:
    """The uplinks, not yet running; what comes down goes to `commands`.

    Args:
        inventory: nothing, where it cannot be made: that the pole is online is told all the same.
        health: what a fleet's table shows of a pole beside its inventory; None: no heartbeat has told it yet.
        accounts: what each uplink costs, by its name.
    """
    isolation, clock, pole = context.isolation, context.clock, context.config.pole
    forbids = partial(withheld, context)
    told_of = _ToldOf(context, states.types_about(trades), supervisors, inventory, health)

    def make(name: str, options: UplinkOptions) -> Uplink:
        return Uplink(
            options,
            pole.site,
            pole.id,
            context.store.position(name),
            commands.take,
            name=name,
            replies=commands.records.replies(name),
            details=partial(told_of.details, name),
            states=partial(told_of.states, name),
            removed_devices=names.removed,
            clock=clock,
            isolation=isolation,
            forbids=forbids,
            account=accounts[name],
        )

    return Uplinks(make, isolation)


SHARED_S = 0.5
"""What is the same for all uplinks is made at most so often: each looks once a second."""


class _ToldOf:
    """What is told of the pole and its devices beside events, to each uplink by its choice."""

    def __init__(
        self,
        context: BuildContext,
        types: Mapping[str, frozenset[str]],
        supervisors: list[Supervisor],
        inventory: Callable[[], Mapping[str, Any]],
        health: Callable[[], Health | None],
    ) -> None:
        self._context, self._types, self._supervisors = context, types, supervisors
        self._inventory, self._health = inventory, health
        self._made: tuple[Config, float, Mapping[str, Struct | None]] | None = None

    def details(self, name: str) -> Mapping[str, Any]:
        """The inventory to who gets the birth of the pole, and its health to who gets its heartbeats."""
        choice, health = self._choice(name), self._health()
        told = self._inventory() if choice.takes(POLE_BIRTH) else {}
        return {**told, **(structs.asdict(health) if health is not None and choice.takes(POLE_STATUS) else {})}

    def states(self, name: str) -> Mapping[str, Struct | None]:
        chosen = states.chosen(self._context.config, self._choice(name), self._types)
        return {device: state for device, state in self._all().items() if device in chosen}

    def _choice(self, name: str) -> Choice:
        options = self._context.config.uplink.get(name)
        return Choice(() if options is None else options.events)

    def _all(self) -> Mapping[str, Struct | None]:
        context, now = self._context, self._context.clock.now()
        if self._made is None or self._made[0] is not context.config or now.mono_s - self._made[1] > SHARED_S:
            made = states.states(context.config, now, context.built, self._supervisors, context.isolation)
            self._made = context.config, now.mono_s, made
        return self._made[2]


def _password_files(context: BuildContext) -> tuple[str, ...]:
    files = (getattr(each, "password_file", None) for _kind, _name, each in context.config.members())
    return tuple(file for file in files if file is not None)


def certificates(context: BuildContext, seen: Callable[[], expiry.Known]) -> Unit:
    """The rule that tells when certificates end.

    Args:
        seen: those of the uplinks.
    """

    def step(state: ExpiryState, now: Moment, _: Reading | None) -> Step[ExpiryState]:
        return expiry.step(context.config.pole.id, state, now, seen())

    async def build(share: Share) -> None:
        share.runners.append(await context.rule("certificates", ExpiryState, step))

    return Unit("certificates", (), build)
