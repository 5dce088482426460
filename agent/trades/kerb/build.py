"""Builds cameras, their zones, and what keeps them to the law."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from agent.clock import Moment
from agent.config.schema import Config
from agent.regulation import rules_of
from agent.rule import RuleRunner, Step
from agent.trades.build import BuildContext, Components, WatchedPlace
from agent.trades.kerb import legal_mode
from agent.trades.kerb import zone as zone_rule
from agent.trades.kerb.mode_told import KEY as MODE
from agent.trades.kerb.mode_told import tell_mode
from agent.trades.kerb.options import ZoneOptions
from agent.trades.kerb.overlap import uncounted
from agent.trades.kerb.overstay import AdjacentVehicle, zone_of
from agent.trades.kerb.part import KerbPart
from agent.trades.kerb.same_view import view
from agent.trades.kerb.tables import KerbTables
from agent.trades.kerb.zone import ZoneState
from agent.trades.units import Share, StandingVehicles, Unit
from drivers.base import Reading
from drivers.camera.driver import CameraDriver
from drivers.camera.options import ZoneShape


def places(config: Config) -> Mapping[str, WatchedPlace]:
    """Zones, for whoever takes one as a source of vehicles: in alert mode alone a single one may be told."""
    lawful, zones = partial(_lawful, config), config.of(KerbTables).zone
    return {name: WatchedPlace(zone.camera, f"camera/{zone.camera}", lawful) for name, zone in zones.items()}


def _lawful(config: Config, now: Moment) -> bool:
    return legal_mode.mode(config.of(KerbTables).kerb, now, config.pole.timezone).mode == "alert"


def units(context: BuildContext) -> Iterator[Unit]:
    tables, pole = context.config.of(KerbTables), context.config.pole
    for name, options in tables.camera.items():
        seen = {zone: _shape(shape) for zone, shape in tables.zone.items() if shape.camera == name}
        yield Unit(f"camera/{name}", (options, seen, pole.models_dir), partial(_camera, context, name))
    hidden = _uncounted(tables)
    for name, zone in tables.zone.items():
        order = rules_of(zone, tables.rule), pole.timezone, pole.law, name in hidden
        yield Unit(
            f"zone/{name}", (zone, tables.kerb, order), partial(_zone, context, name), (f"camera/{zone.camera}",)
        )
    if tables.camera:
        yield Unit(MODE, (tables.kerb, pole.timezone), partial(tell_mode, context))


def _uncounted(tables: KerbTables) -> Mapping[str, str]:
    return uncounted(tables.zone, {name: view(each.source, each.picture) for name, each in tables.camera.items()})


def _shape(zone: ZoneOptions) -> ZoneShape:
    """What a camera has to know of a zone."""
    return ZoneShape(**{name: getattr(zone, name) for name in ZoneShape.__struct_fields__})


async def _camera(context: BuildContext, name: str, share: Share) -> None:
    tables = context.config.of(KerbTables)
    mine = {zone: shape for zone, shape in tables.zone.items() if shape.camera == name}
    models_dir = Path(context.config.pole.models_dir)

    cameras = context.built.part(KerbPart).cameras
    period = partial(_period_of_counts, context)
    cameras[name] = driver = CameraDriver(name, tables.camera[name], mine, models_dir, period=period)
    share.undo.append(partial(cameras.pop, name))
    share.drivers.append(driver)


def _period_of_counts(context: BuildContext) -> int | None:
    """Returns the number of the period of counts that runs, while these alone may leave the pole; None: more may.

    Asks the configuration in force: the unit of a camera outlives one that changes [kerb] alone.
    """
    now = context.clock.now()
    if _lawful(context.config, now):
        return None
    now_s = now.mono_s if now.trusted_unix_s is None else now.trusted_unix_s
    return int(now_s // context.config.of(KerbTables).kerb.period_s)


async def _zone(context: BuildContext, name: str, share: Share) -> None:
    tables, pole, built = context.config.of(KerbTables), context.config.pole, context.built
    part, options = built.part(KerbPart), tables.zone[name]
    camera = part.cameras.get(options.camera)
    counted = name not in _uncounted(tables)
    zone = zone_of(name, options, tables.kerb, pole.timezone, pole.law, rules=tables.rule, counted=counted)

    def step(state: ZoneState, now: Moment, reading: Reading | None) -> Step[ZoneState]:
        beside, sees = _beside(built, options.beside), camera is not None and camera.sees
        return zone_rule.step(zone, state, now, reading, beside, sees=sees)

    part.zones[name] = runner = await context.rule(f"zone/{name}", ZoneState, step, persisted=zone_rule.persisted)
    share.undo.append(partial(part.zones.pop, name))
    share.runners.append(runner)
    share.standing[name] = StandingVehicles((name,), False, partial(_standing, context, runner))
    for source in (name, options.camera):
        share.listeners[source].append(context.listener(runner.key, runner.on_reading))
    for other in options.beside:  # it is asked again whenever something was told of what lies beside it
        share.beside.append((other, context.listener(runner.key, runner.on_time)))


def _standing(context: BuildContext, runner: RuleRunner[ZoneState]) -> Sequence[Moment]:
    """A zone whose rule was set aside tells nothing: what is known of it may be over."""
    trusted = context.isolation.part(runner.key).trusted
    return [one.entered for one in runner.state.runtime.open] if trusted else ()


def _beside(built: Components, names: Sequence[str]) -> AdjacentVehicle | None:
    """The vehicle that has stood longest in one of these bays and zones; None: as far as is known there is none."""
    places = [built.standing[name] for name in names if name in built.standing]
    there = [(place, place.entered()) for place in places]
    entered = [moment for _, moments in there for moment in moments]
    if not entered:
        return None
    sensed = any(place.sensed and moments for place, moments in there)
    return AdjacentVehicle(min(entered, key=lambda each: each.unix_s), "both" if sensed else "camera")
