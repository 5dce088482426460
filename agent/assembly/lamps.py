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


async def lamps(means: BuildContext, parts: Components) -> None:
    for name in means.config.lamp:
        await means.isolation.part(f"lamp/{name}").build(partial(_lamp, means, parts, name))


async def _lamp(means: BuildContext, parts: Components, name: str) -> None:
    pole, options = means.config.pole, means.config.lamp[name]
    place = Place(pole.latitude, pole.longitude, pole.timezone)
    found = profile.load(options.profile, Path(pole.profiles_dir))
    lamp = Lamp(name, options, found, means.masters[options.line])
    follows = plan_of(name, options, place, means.config.program, means.config.calendar)
    load = partial(means.state, f"lamp/{name}", LampState)
    control = LampControl(
        name,
        follows,
        actuator=lamp,
        commit=means.commit,
        clock=means.clock,
        state=await load(),
        evening=means.evening,
        # Its own counter, where it has one, is heard as a reading.
        burning_h=None if HOURS in found.tables.register else partial(_burned_h, parts, name),
        isolation=means.isolation,
    )
    means.isolation.part(control.key).begin_anew = partial(control.begin_anew, load)
    parts.drivers.append(lamp)
    parts.lamps[name] = control
    parts.listeners[name].append(means.listener(f"lamp-inputs/{name}", control.on_reading))
    for source in follows.sources | {name}:
        parts.listeners[source].append(means.listener(f"lamp-inputs/{name}", control.on_sensor))
    watched = partial(monitor.lamp_config, name, options, found, place)
    await means.isolation.part(f"monitor/{name}").build(partial(_monitor, means, parts, watched, control))


async def _monitor(
    means: BuildContext, parts: Components, watched: Callable[[], monitor.LampConfig], control: LampControl
) -> None:
    """What watches the lamp that `control` drives."""
    lamp = watched()

    def step(state: monitor.MonitorState, now: Moment, reading: Reading | None) -> Step[monitor.MonitorState]:
        return monitor.step(lamp, state, now, reading, control.commanded_percent)

    stored, at_end = monitor.stored, monitor.settled
    runner = await means.rule(f"monitor/{lamp.name}", monitor.MonitorState, step, stored=stored, at_end=at_end)
    parts.monitors[lamp.name] = runner
    parts.listeners[lamp.name].append(means.listener(runner.key, runner.on_reading))


async def meters(means: BuildContext, parts: Components) -> None:
    for name in means.config.meter:
        await means.isolation.part(f"meter/{name}").build(partial(_meter, means, parts, name))


async def _meter(means: BuildContext, parts: Components, name: str) -> None:
    options = means.config.meter[name]
    found = profile.load(options.profile, Path(means.config.pole.profiles_dir))
    parts.drivers.append(Meter(name, options, found, means.masters[options.line]))
    step = partial(supply.step, supply.meter_config(name, options, found))
    parts.meters[name] = await means.rule(f"meter/{name}", supply.SupplyState, step, stored=supply.stored)
    parts.listeners[name].append(means.listener(parts.meters[name].key, parts.meters[name].on_reading))


def _burned_h(parts: Components, lamp: str) -> float | None:
    """As the agent has seen it burn; None: nothing watches it."""
    watching = parts.monitors.get(lamp)
    return None if watching is None else monitor.operating_hours(watching.state)
