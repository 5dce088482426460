"""Builds lamps, and what drives and watches them."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from agent.bus import Presence
from agent.clock import Moment
from agent.rule import Step
from agent.trades.build import BuildContext
from agent.trades.lighting import monitor
from agent.trades.lighting.control import LampControl, LampState
from agent.trades.lighting.lamp_group import LampGroup
from agent.trades.lighting.lamp_plan import LampPlan, plan_of
from agent.trades.lighting.level_source import LevelSource
from agent.trades.lighting.options import CalendarOptions, LampOptions, ProgramOptions
from agent.trades.lighting.part import LightingPart
from agent.trades.lighting.sun import Place
from agent.trades.lighting.tables import LightingTables, lighting_of
from agent.trades.units import Share, Task, Unit, profile_of
from drivers import profile
from drivers.base import Actuator, Reading
from drivers.lamp import Lamp
from drivers.profile import Profile

HOURS = "operating_hours_h"
"""The quantity in which a controller tells how long its lamp has burned."""


def units(context: BuildContext) -> Iterator[Unit]:
    tables, pole = lighting_of(context.config), context.config.pole
    place = Place(pole.latitude, pole.longitude, pole.timezone)
    for name, options in tables.lamp.items():
        made_of = options, profile_of(options.profile, pole.profiles_dir), place, _followed(options, tables)
        build = partial(_lamp, context, name, options, place)
        yield Unit(f"lamp/{name}", made_of, build, (f"line/{options.line}",))
    for name, group in context.config.groups("lighting").items():
        yield Unit(f"group/{name}", group.members, partial(_group, context, name, group.members))


async def _group(context: BuildContext, name: str, members: Sequence[str], share: Share) -> None:
    share.targets[name] = LampGroup(members, context.built.part(LightingPart).lamps, context.isolation)


def _followed(options: LampOptions, tables: LightingTables) -> tuple[CalendarOptions | None, list[ProgramOptions]]:
    """The calendar and the programs of a lamp."""
    if options.calendar is None:
        return None, [tables.program[options.program]] if options.program else []
    calendar = tables.calendar[options.calendar]
    return calendar, [tables.program[name] for name in (calendar.program, *(each.program for each in calendar.rules))]


async def _lamp(context: BuildContext, name: str, options: LampOptions, place: Place, share: Share) -> None:
    tables, part = lighting_of(context.config), context.built.part(LightingPart)
    found = profile.load(options.profile, Path(context.config.pole.profiles_dir))
    lamp = Lamp(name, options, found, context.masters[options.line])
    plan = plan_of(name, options, place, tables.program, tables.calendar)
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
        share.listeners[source].append(context.listener(inputs, control.on_sensor))

    def hear(change: Presence) -> None:
        context.isolation.part(inputs).ask(partial(control.on_presence, change.source, change.at_s))

    share.undo.append(context.bus.listen(Presence, hear))


async def _control(
    context: BuildContext, part: LightingPart, actuator: Actuator, plan: LampPlan, found: Profile
) -> LampControl:
    load = partial(context.state, f"lamp/{actuator.name}", LampState)
    # A lamp's own counter, where it has one, comes as a reading.
    burning_h = None if HOURS in found.tables.register else partial(part.burned_h, actuator.name)
    control = LampControl(
        actuator.name,
        LevelSource(
            actuator.name,
            plan,
            context.schedule_clock,
            burning_h,
            context.isolation,
            dated=partial(part.dated_of, actuator.name),
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
        return monitor.step(lamp, state, now, reading, control.setpoint.state.commanded_percent)

    persisted, on_shutdown = monitor.persisted, monitor.settled
    runner = await context.rule(
        f"monitor/{lamp.name}", monitor.MonitorState, step, persisted=persisted, on_shutdown=on_shutdown
    )
    part.monitors[lamp.name] = runner
    share.undo.append(partial(part.monitors.pop, lamp.name))
    share.runners.append(runner)
    share.listeners[lamp.name].append(context.listener(runner.key, runner.on_reading))
