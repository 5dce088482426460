"""Builds lamps, and what drives and watches them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from agent.bus import Presence
from agent.clock import Moment
from agent.rule import Step
from agent.trades.build import BuildContext, Task
from agent.trades.lighting import monitor
from agent.trades.lighting.control import LampControl, LampState
from agent.trades.lighting.lamp_group import LampGroup
from agent.trades.lighting.lamp_plan import LampPlan, plan_of
from agent.trades.lighting.level_source import LevelSource
from agent.trades.lighting.part import LightingPart
from agent.trades.lighting.sun import Place
from agent.trades.lighting.tables import LightingTables, lighting_of
from drivers import profile
from drivers.base import Actuator, Reading
from drivers.lamp import Lamp
from drivers.profile import Profile

HOURS = "operating_hours_h"
"""The quantity in which a controller tells how long its lamp has burned."""


async def build(context: BuildContext) -> None:
    tables = lighting_of(context.config)
    part = context.built.part(LightingPart)
    for name in tables.lamp:
        await context.isolation.part(f"lamp/{name}").build(partial(_lamp, context, tables, part, name))
    for name, group in context.config.groups("lighting").items():
        context.built.targets[name] = LampGroup(group.members, part.lamps, context.isolation)


async def _lamp(context: BuildContext, tables: LightingTables, part: LightingPart, name: str) -> None:
    pole, options = context.config.pole, tables.lamp[name]
    place = Place(pole.latitude, pole.longitude, pole.timezone)
    found = profile.load(options.profile, Path(pole.profiles_dir))
    lamp = Lamp(name, options, found, context.masters[options.line])
    plan = plan_of(name, options, place, tables.program, tables.calendar)
    control = await _control(context, part, lamp, plan, found)
    context.built.drivers.append(lamp)
    part.lamps[name] = context.built.targets[name] = control
    context.built.tasks.append(Task(control.key, control.run))
    _listen(context, control, plan)
    watched = partial(monitor.lamp_config, name, options, found, place)
    await context.isolation.part(f"monitor/{name}").build(partial(_monitor, context, part, watched, control))


def _listen(context: BuildContext, control: LampControl, plan: LampPlan) -> None:
    """A defect in what a lamp hears leaves it to its program."""
    inputs = f"lamp-inputs/{control.name}"
    context.built.listeners[control.name].append(context.listener(inputs, control.on_reading))
    for source in plan.sources | {control.name}:
        context.built.listeners[source].append(context.listener(inputs, control.on_sensor))

    def hear(change: Presence) -> None:
        context.isolation.part(inputs).ask(partial(control.on_presence, change.source, change.at_s))

    context.bus.listen(Presence, hear)


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
    context: BuildContext, part: LightingPart, watched: Callable[[], monitor.LampConfig], control: LampControl
) -> None:
    """What watches the lamp that `control` drives."""
    lamp = watched()

    def step(state: monitor.MonitorState, now: Moment, reading: Reading | None) -> Step[monitor.MonitorState]:
        return monitor.step(lamp, state, now, reading, control.writer.setpoint.commanded_percent)

    persisted, on_shutdown = monitor.stored, monitor.settled
    runner = await context.rule(
        f"monitor/{lamp.name}", monitor.MonitorState, step, persisted=persisted, on_shutdown=on_shutdown
    )
    part.monitors[lamp.name] = runner
    context.built.runners.append(runner)
    context.built.listeners[lamp.name].append(context.listener(runner.key, runner.on_reading))
