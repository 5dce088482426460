"""Builds lamps, what drives and watches them, and meters."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from agent.assembly.context import BuildContext, Components
from agent.clock import Moment
from agent.rule import Step
from agent.trades.lighting import LampControl, LampState, Place, monitor, plan_of
from agent.trades.metering import supply
from drivers import profile
from drivers.base import Reading
from drivers.lamp import Lamp
from drivers.meter import Meter

HOURS = "operating_hours_h"
"""The quantity in which a controller tells how long its lamp has burned."""


async def lamps(context: BuildContext, components: Components) -> None:
    for name in context.config.lamp:
        await context.isolation.part(f"lamp/{name}").build(partial(_lamp, context, components, name))


async def _lamp(context: BuildContext, components: Components, name: str) -> None:
    pole, options = context.config.pole, context.config.lamp[name]
    place = Place(pole.latitude, pole.longitude, pole.timezone)
    found = profile.load(options.profile, Path(pole.profiles_dir))
    lamp = Lamp(name, options, found, context.masters[options.line])
    follows = plan_of(name, options, place, context.config.program, context.config.calendar)
    load = partial(context.state, f"lamp/{name}", LampState)
    control = LampControl(
        name,
        follows,
        actuator=lamp,
        commit=context.commit,
        clock=context.clock,
        state=await load(),
        schedule_clock=context.schedule_clock,
        # Its own counter, where it has one, is heard as a reading.
        burning_h=None if HOURS in found.tables.register else partial(_burned_h, components, name),
        isolation=context.isolation,
    )
    context.isolation.part(control.key).begin_anew = partial(control.begin_anew, load)
    components.drivers.append(lamp)
    components.lamps[name] = control
    components.listeners[name].append(context.listener(f"lamp-inputs/{name}", control.on_reading))
    for source in follows.sources | {name}:
        components.listeners[source].append(context.listener(f"lamp-inputs/{name}", control.on_sensor))
    watched = partial(monitor.lamp_config, name, options, found, place)
    await context.isolation.part(f"monitor/{name}").build(partial(_monitor, context, components, watched, control))


async def _monitor(
    context: BuildContext, components: Components, watched: Callable[[], monitor.LampConfig], control: LampControl
) -> None:
    """What watches the lamp that `control` drives."""
    lamp = watched()

    def step(state: monitor.MonitorState, now: Moment, reading: Reading | None) -> Step[monitor.MonitorState]:
        return monitor.step(lamp, state, now, reading, control.commanded_percent)

    stored, at_end = monitor.stored, monitor.settled
    runner = await context.rule(f"monitor/{lamp.name}", monitor.MonitorState, step, stored=stored, at_end=at_end)
    components.monitors[lamp.name] = runner
    components.listeners[lamp.name].append(context.listener(runner.key, runner.on_reading))


async def meters(context: BuildContext, components: Components) -> None:
    for name in context.config.meter:
        await context.isolation.part(f"meter/{name}").build(partial(_meter, context, components, name))


async def _meter(context: BuildContext, components: Components, name: str) -> None:
    options = context.config.meter[name]
    found = profile.load(options.profile, Path(context.config.pole.profiles_dir))
    components.drivers.append(Meter(name, options, found, context.masters[options.line]))
    step = partial(supply.step, supply.meter_config(name, options, found))
    components.meters[name] = await context.rule(f"meter/{name}", supply.SupplyState, step, stored=supply.stored)
    components.listeners[name].append(context.listener(components.meters[name].key, components.meters[name].on_reading))


def _burned_h(components: Components, lamp: str) -> float | None:
    """As the agent has seen it burn; None: nothing watches it."""
    watching = components.monitors.get(lamp)
    return None if watching is None else monitor.operating_hours(watching.state)
