"""Builds lamps, and what drives and watches them."""

from functools import partial
from pathlib import Path

from agent.bus import Presence
from agent.clock import Moment
from agent.rule import RuleRunner, Step
from agent.trades.build import BuildContext, Task
from agent.trades.lighting import LampControl, LampPlan, LampState, Place, monitor, plan_of
from agent.trades.lighting.part import LightingPart
from agent.trades.lighting.tables import LightingTables
from drivers import profile
from drivers.base import Actuator, Reading
from drivers.lamp import Lamp
from drivers.profile import Profile

HOURS = "operating_hours_h"
"""The quantity in which a controller tells how long its lamp has burned."""


async def build(context: BuildContext) -> LightingPart:
    tables, pole, part = context.config.of(LightingTables), context.config.pole, LightingPart()
    place = Place(pole.latitude, pole.longitude, pole.timezone)
    for name, options in tables.lamp.items():
        found = profile.load(options.profile, Path(pole.profiles_dir))
        lamp = Lamp(name, options, found, context.masters[options.line])
        plan = plan_of(name, options, place, tables.program, tables.calendar)
        control = await _control(context, part, lamp, plan, found)
        context.built.drivers.append(lamp)
        part.lamps[name] = context.built.targets[name] = control
        part.monitors[name] = await _monitor(context, monitor.lamp_config(name, options, found, place), control)
        context.built.runners.append(part.monitors[name])
        context.built.tasks.append(Task(f"control[{name}]", control.run))
        _listen(context, control, part.monitors[name], plan)
    return part


def _listen(
    context: BuildContext, control: LampControl, watching: RuleRunner[monitor.MonitorState], plan: LampPlan
) -> None:
    context.built.listeners[control.name] += [control.on_reading, watching.on_reading]
    for source in plan.sources | {control.name}:
        context.built.listeners[source].append(control.on_sensor)
    context.bus.listen(Presence, lambda change: control.on_presence(change.source, change.at_s))


async def _control(
    context: BuildContext, part: LightingPart, actuator: Actuator, plan: LampPlan, found: Profile
) -> LampControl:
    return LampControl(
        actuator.name,
        plan,
        actuator=actuator,
        commit=context.commit,
        clock=context.clock,
        state=await context.state(f"lamp/{actuator.name}", LampState),
        schedule_clock=context.schedule_clock,
        # Its own counter, where it has one, is heard as a reading.
        burning_h=None if HOURS in found.tables.register else partial(part.burned_h, actuator.name),
    )


async def _monitor(
    context: BuildContext, lamp: monitor.LampConfig, control: LampControl
) -> RuleRunner[monitor.MonitorState]:
    """What watches the lamp that `control` drives."""

    def step(state: monitor.MonitorState, now: Moment, reading: Reading | None) -> Step[monitor.MonitorState]:
        return monitor.step(lamp, state, now, reading, control.commanded_percent)

    key = f"monitor/{lamp.name}"
    state = await context.state(key, monitor.MonitorState)
    return RuleRunner(
        key, state, step, context.commit, context.clock, persisted=monitor.stored, on_shutdown=monitor.settled
    )
