"""Builds lamps, what drives and watches them, and meters."""

from functools import partial
from pathlib import Path

from agent.assembly.context import BuildContext, Components
from agent.clock import Moment
from agent.rule import RuleRunner, Step
from agent.trades.lighting import LampControl, LampState, Place, monitor, plan_of
from agent.trades.lighting.tables import LightingTables
from agent.trades.metering import supply
from agent.trades.metering.tables import MeteringTables
from drivers import profile
from drivers.base import Reading
from drivers.lamp import Lamp
from drivers.meter import Meter

HOURS = "operating_hours_h"
"""The quantity in which a controller tells how long its lamp has burned."""


async def lamps(context: BuildContext, components: Components) -> None:
    pole = context.config.pole
    place = Place(pole.latitude, pole.longitude, pole.timezone)
    for name, options in context.config.of(LightingTables).lamp.items():
        own_dir = Path(pole.profiles_dir)
        found = profile.load(options.profile, own_dir)
        lamp = Lamp(name, options, found, context.masters[options.line])
        follows = plan_of(
            name, options, place, context.config.of(LightingTables).program, context.config.of(LightingTables).calendar
        )
        control = LampControl(
            name,
            follows,
            actuator=lamp,
            commit=context.commit,
            clock=context.clock,
            state=await context.state(f"lamp/{name}", LampState),
            schedule_clock=context.schedule_clock,
            # Its own counter, where it has one, is heard as a reading.
            burning_h=None if HOURS in found.tables.register else partial(_burned_h, components, name),
        )
        components.drivers.append(lamp)
        components.lamps[name] = control
        watched = monitor.lamp_config(name, options, found, place)
        components.monitors[name] = await _monitor(context, watched, control)
        components.listeners[name] += [control.on_reading, components.monitors[name].on_reading]
        for source in follows.sources | {name}:
            components.listeners[source].append(control.on_sensor)


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


async def meters(context: BuildContext, components: Components) -> None:
    own_dir = Path(context.config.pole.profiles_dir)
    for name, options in context.config.of(MeteringTables).meter.items():
        found = profile.load(options.profile, own_dir)
        components.drivers.append(Meter(name, options, found, context.masters[options.line]))
        step, key = partial(supply.step, supply.meter_config(name, options, found)), f"meter/{name}"
        state = await context.state(key, supply.SupplyState)
        components.meters[name] = RuleRunner(key, state, step, context.commit, context.clock, persisted=supply.stored)
        components.listeners[name].append(components.meters[name].on_reading)


def _burned_h(components: Components, lamp: str) -> float:
    """As the agent has seen it burn."""
    return monitor.operating_hours(components.monitors[lamp].state)
