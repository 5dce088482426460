"""Builds lamps, what drives and watches them, and meters."""

from functools import partial
from pathlib import Path

from agent.assembly.context import BuildContext, Components
from agent.clock import Moment
from agent.rule import RuleRunner, Step
from agent.trades.lighting import LampControl, LampState, Place, monitor, plan_of
from agent.trades.metering import supply
from drivers import profile
from drivers.base import Reading
from drivers.lamp import Lamp
from drivers.meter import Meter

HOURS = "operating_hours_h"
"""The quantity in which a controller tells how long its lamp has burned."""


async def lamps(means: BuildContext, parts: Components) -> None:
    pole = means.config.pole
    place = Place(pole.latitude, pole.longitude, pole.timezone)
    for name, options in means.config.lamp.items():
        own_dir = Path(pole.profiles_dir)
        found = profile.load(options.profile, own_dir)
        lamp = Lamp(name, options, found, means.masters[options.line])
        follows = plan_of(name, options, place, means.config.program, means.config.calendar)
        control = LampControl(
            name,
            follows,
            actuator=lamp,
            commit=means.commit,
            clock=means.clock,
            state=await means.state(f"lamp/{name}", LampState),
            evening=means.evening,
            # Its own counter, where it has one, is heard as a reading.
            burning_h=None if HOURS in found.tables.register else partial(_burned_h, parts, name),
        )
        parts.drivers.append(lamp)
        parts.lamps[name] = control
        watched = monitor.lamp_config(name, options, found, place)
        parts.monitors[name] = await _monitor(means, watched, control)
        parts.listeners[name] += [control.on_reading, parts.monitors[name].on_reading]
        for source in follows.sources | {name}:
            parts.listeners[source].append(control.on_sensor)


async def _monitor(
    means: BuildContext, lamp: monitor.LampConfig, control: LampControl
) -> RuleRunner[monitor.MonitorState]:
    """What watches the lamp that `control` drives."""

    def step(state: monitor.MonitorState, now: Moment, reading: Reading | None) -> Step[monitor.MonitorState]:
        return monitor.step(lamp, state, now, reading, control.commanded_percent)

    key = f"monitor/{lamp.name}"
    state = await means.state(key, monitor.MonitorState)
    return RuleRunner(key, state, step, means.commit, means.clock, stored=monitor.stored, at_end=monitor.settled)


async def meters(means: BuildContext, parts: Components) -> None:
    own_dir = Path(means.config.pole.profiles_dir)
    for name, options in means.config.meter.items():
        found = profile.load(options.profile, own_dir)
        parts.drivers.append(Meter(name, options, found, means.masters[options.line]))
        step, key = partial(supply.step, supply.meter_config(name, options, found)), f"meter/{name}"
        state = await means.state(key, supply.SupplyState)
        parts.meters[name] = RuleRunner(key, state, step, means.commit, means.clock, stored=supply.stored)
        parts.listeners[name].append(parts.meters[name].on_reading)


def _burned_h(parts: Components, lamp: str) -> float:
    """As the agent has seen it burn."""
    return monitor.operating_hours(parts.monitors[lamp].state)
