"""Builds lamps, and what drives and watches them."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from agent.bus import NoLongerLawful, Presence
from agent.clock import Moment
from agent.isolation import Listener
from agent.rule import Step
from agent.trades.build import BuildContext
from agent.trades.lighting import devices
from agent.trades.lighting.control.control import LampControl
from agent.trades.lighting.control.lamp_state import LampState
from agent.trades.lighting.derived import waiting_for
from agent.trades.lighting.event_types import LAMP_ENERGY
from agent.trades.lighting.lamp_group import LampGroup
from agent.trades.lighting.level_source import LevelSource
from agent.trades.lighting.options import AnyLamp, CalendarOptions, ProgramOptions
from agent.trades.lighting.part import LightingPart
from agent.trades.lighting.plan.lamp_plan import LampPlan
from agent.trades.lighting.plan.sun import Place
from agent.trades.lighting.tables import LightingTables, lighting_of
from agent.trades.lighting.watch import monitor
from agent.trades.units import Share, Task, Unit
from drivers.base import Actuator, Reading
from drivers.profile import Profile

HOURS = "operating_hours_h"
"""The quantity in which a controller tells how long its lamp has burned."""


def units(context: BuildContext) -> Iterator[Unit]:
    tables, pole = lighting_of(context.config), context.config.pole
    place = Place(pole.latitude, pole.longitude, pole.timezone)
    for name, options in tables.lamp.items():
        made_of = options, devices.made_of(options, pole.profiles_dir), place, _followed(options, tables)
        build = partial(_lamp, context, name, options, place)
        yield Unit(f"lamp/{name}", made_of, build, devices.needs(options))
    for name, group in context.config.groups("lighting").items():
        yield Unit(f"group/{name}", group.members, partial(_group, context, name, group.members))


async def _group(context: BuildContext, name: str, members: Sequence[str], share: Share) -> None:
    part = context.built.part(LightingPart)
    share.targets[name] = LampGroup(lambda: part.regrouped.get(name, members), part.lamps, context.isolation)


def _followed(options: AnyLamp, tables: LightingTables) -> tuple[CalendarOptions | None, list[ProgramOptions]]:
    """The calendar and the programs of a lamp."""
    if options.calendar is None:
        return None, [tables.program[options.program]] if options.program else []
    calendar = tables.calendar[options.calendar]
    return calendar, [tables.program[name] for name in (calendar.program, *(each.program for each in calendar.rules))]


async def _lamp(context: BuildContext, name: str, options: AnyLamp, place: Place, share: Share) -> None:
    part, found = context.built.part(LightingPart), devices.described(options, context.config)
    lamp, plan = devices.built(name, options, found, context, share), devices.planned(name, options, context.config)
    control = await _control(context, part, lamp, plan, found)
    share.drivers.append(lamp)
    part.lamps[name] = share.targets[name] = control
    share.undo.append(partial(part.lamps.pop, name))
    share.tasks.append(Task(control.key, control.run))
    _listen(context, share, control, plan)
    watched = partial(monitor.lamp_config, name, options, found, place)
    await context.isolation.part(f"monitor/{name}").build(partial(_monitor, context, part, watched, control, share))


def _listen(context: BuildContext, share: Share, control: LampControl, plan: LampPlan) -> None:
    """A defect in what a lamp hears leaves it to its program."""
    inputs = f"lamp-inputs/{control.name}"
    share.listeners[control.name].append(context.listener(inputs, control.on_reading))
    for source in plan.sources | {control.name}:
        take = partial(_where_it_counts, context, source, control.on_sensor)
        share.listeners[source].append(context.listener(inputs, take))
    waits_for = waiting_for(context.config, context.places.keys()).get(control.name)
    if waits_for:
        forget = partial(control.forget_presence, waits_for)
        share.undo.append(context.bus.listen(NoLongerLawful, lambda _: context.isolation.part(inputs).ask(forget)))

    def hear(change: Presence) -> None:
        context.isolation.part(inputs).ask(partial(control.on_presence, change.source, change.at_s))

    share.undo.append(context.bus.listen(Presence, hear))


async def _where_it_counts(context: BuildContext, source: str, hear: Listener, reading: Reading) -> None:
    """What a camera sees of a single place lights a lamp only while that may be used."""
    place = context.places.get(source)
    if place is None or place.counts(context.clock.now()):
        await hear(reading)


async def _control(
    context: BuildContext, part: LightingPart, actuator: Actuator, plan: LampPlan, found: Profile | None
) -> LampControl:
    load = partial(context.state, f"lamp/{actuator.name}", LampState)
    # A lamp's own counter, where it has one, comes as a reading.
    counts = found is not None and HOURS in found.tables.register
    burning_h = None if counts else partial(part.burned_h, actuator.name)
    control = LampControl(
        actuator.name,
        LevelSource(
            actuator.name,
            plan,
            context.schedule_clock,
            burning_h,
            context.isolation,
            dated=partial(part.dated_of, actuator.name),
            plan_now=partial(part.plan_now, actuator.name),
        ),
        actuator=actuator,
        commit=context.commit,
        clock=context.clock,
        state=await load(),
        schedule_clock=context.schedule_clock,
    )
    context.isolation.part(control.key).begin_anew = partial(control.begin_anew, load)
    return control


async def _monitor(
    context: BuildContext,
    part: LightingPart,
    watched: Callable[[], monitor.LampConfig],
    control: LampControl,
    share: Share,
) -> None:
    """What watches the lamp that `control` drives."""
    lamp = watched()

    def step(state: monitor.MonitorState, now: Moment, reading: Reading | None) -> Step[monitor.MonitorState]:
        setpoint = control.setpoint
        return monitor.step(lamp, state, now, reading, setpoint.state.commanded_percent, writes=setpoint.writes)

    persisted, on_shutdown = monitor.persisted, monitor.settled
    runner = await context.rule(
        f"monitor/{lamp.name}", monitor.MonitorState, step, persisted=persisted, on_shutdown=on_shutdown
    )
    part.monitors[lamp.name] = runner
    share.undo.append(context.forgets(runner, monitor.forgotten, LAMP_ENERGY, lamp.name))
    share.undo.append(partial(part.monitors.pop, lamp.name))
    share.runners.append(runner)
    share.listeners[lamp.name].append(context.listener(runner.key, runner.on_reading))
