"""Builds parking sensors, bays and the recorder of their occupancy."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec

from agent.bus import Presence
from agent.clock import Moment
from agent.isolation import Listener
from agent.places import Group, Place
from agent.regulation import RuleOptions, order_of, rules_of
from agent.rule import RuleRunner, Step
from agent.trades.build import BuildContext
from agent.trades.parking import bay as bay_rule
from agent.trades.parking import sensor_health, statistics
from agent.trades.parking.dossier import BayStep, Order, Recorder, StayRecord, key_of
from agent.trades.parking.event_types import BayPlace
from agent.trades.parking.options import BayOptions, quickest_swap_of
from agent.trades.parking.part import FIGURES, BayInstance, Occupancy, ParkingPart
from agent.trades.parking.removed import tell_removed
from agent.trades.parking.sensor_health import SensorState
from agent.trades.parking.source import Source, source_of, zone_of
from agent.trades.parking.sources_update import QUANTITIES
from agent.trades.parking.state import Bay, BayState, persisted, sensed_state
from agent.trades.parking.statistics import OccupancyAnswers, OccupancyRecorder, StatisticsPublisher
from agent.trades.parking.tables import ParkingTables, groups_of_bays
from agent.trades.units import Share, StandingVehicles, Task, Unit, lorawan_model_of, profile_of
from drivers import registry
from drivers.base import Reading, Reporting
from drivers.lorawan import LorawanDriver, LorawanSensor, Model
from drivers.modbus_sensor import ModbusSensor
from drivers.profile import Profile
from drivers.registry import SensorOptions

GROUPS = "figures-groups"
"""What tells these figures which bays there are."""

NAMES = "bays"
"""What tells of bays that are gone."""

WHEREABOUTS = ("model", "profile", "network", "dev_eui", "line", "unit", "port", "chip", "offset")
"""Keys of a sensor that tell it from another one."""

STATISTICS_SHARE = 0.25
"""Share of the store's room that the days of bays may take; a store that they filled would take no events."""


def units(context: BuildContext) -> Iterator[Unit]:
    tables, pole = context.config.of(ParkingTables), context.config.pole
    for name, options in tables.sensor.items():
        profile = _profile(options, pole.profiles_dir)
        made_of = options, tables.sensor_health, _reporting(context, tables, name), profile, nearest_of(tables, name)
        yield Unit(f"sensor/{name}", made_of, partial(_sensor, context, name, options), _carriers(options))
    if tables.bay:
        counted = groups_of_bays(context.config), context.config.groups("parking")
        labels = [bay.label for bay in tables.bay.values()]
        yield Unit(FIGURES, pole.timezone, partial(_occupancy, context))
        yield Unit(GROUPS, (counted, labels, tables.parking), partial(_groups, context), (FIGURES,))
    yield from (_bay_unit(context, tables, name, bay) for name, bay in tables.bay.items())
    yield Unit(NAMES, frozenset(tables.bay), partial(tell_removed, context))


def _bay_unit(context: BuildContext, tables: ParkingTables, name: str, bay: BayOptions) -> Unit:
    pole, sources = context.config.pole, (bay.sensor, *bay.also)
    order = rules_of(bay, tables.rule), pole.timezone, pole.law
    seen = [context.places[each].unit for each in sources if each in context.places]
    told = [_reporting(context, tables, each) for each in sources if each not in context.places]
    town = tables.parking.quickest_swap_s, tables.parking.presumed
    made_of = bay, order, told, seen_by(bay, tables.sensor), town, _where(context, name)
    return Unit(f"bay/{name}", made_of, partial(_bay, context, name), (FIGURES, *seen))


def _profile(options: SensorOptions, own_dir: str) -> Profile | Model | None:
    """What it is described by, as that is now."""
    if isinstance(options, LorawanSensor):
        return lorawan_model_of(options.model, own_dir)
    return profile_of(options.profile, own_dir) if isinstance(options, ModbusSensor) else None


def _carriers(options: SensorOptions) -> tuple[str, ...]:
    """What its readings come through."""
    match options:
        case ModbusSensor():
            return (f"line/{options.line}",)
        case LorawanSensor():
            return (f"network/{options.network}",)
    return ()


async def _sensor(context: BuildContext, name: str, options: SensorOptions, share: Share) -> None:
    tables, part = context.config.of(ParkingTables), context.built.part(ParkingPart)
    sensor_context = registry.SensorContext(Path(context.config.pole.profiles_dir), context.masters, context.networks)
    driver = registry.sensor(name, options, sensor_context)
    share.drivers.append(driver)
    if isinstance(driver, LorawanDriver):
        share.undo.append(driver.leave_network)
    reporting = registry.reporting(options, sensor_context.profiles_dir)
    part.sensors[name] = runner = await _health(context, _watched(tables, name, reporting))
    share.undo.append(partial(part.sensors.pop, name))
    share.runners.append(runner)
    share.listeners[name].append(context.listener(runner.key, runner.on_reading))


def _watched(tables: ParkingTables, name: str, reporting: Reporting) -> sensor_health.Sensor:
    nearest_mm = nearest_of(tables, name) if reporting.decides == "distance" else 0
    return sensor_health.Sensor(name, tables.sensor_health, reporting, nearest_mm)


def nearest_of(tables: ParkingTables, sensor: str) -> int:
    """How near a vehicle may come to a sensor, mm: as its bay has it."""
    return next(
        (bay.nearest_mm for bay in tables.bay.values() if bay.sensor == sensor), BayOptions(sensor="").nearest_mm
    )


async def _health(context: BuildContext, watched: sensor_health.Sensor) -> RuleRunner[SensorState]:
    step = partial(sensor_health.step, watched)
    persisted, quantities = sensor_health.persisted, sensor_health.QUANTITIES
    return await context.rule(f"sensor/{watched.name}", SensorState, step, persisted=persisted, quantities=quantities)


async def _bay(context: BuildContext, name: str, share: Share) -> None:
    tables, part = context.config.of(ParkingTables), context.built.part(ParkingPart)
    bay, key = _rule_of(context, tables, name, tables.bay[name]), f"bay/{name}"
    order = order_in_words(rules_of(tables.bay[name], tables.rule), bay.order.version)
    stored = await context.state(key, BayState)
    record = await context.state(key_of(name, stored.stays), StayRecord)
    commit = part.occupancy.recorder.commit_bay if part.occupancy else context.commit
    records = Recorder(name, order, record)
    runner = await context.rule(
        key,
        BayState,
        records.noting(_judge(part, bay)),
        commit,
        persisted=persisted,
        quantities=QUANTITIES,
        committed=partial(_written, records, partial(_tell_presence, context, name)),
    )
    context.isolation.part(key).begin_anew = partial(_begin_bay_anew, context, part, name, runner)
    part.bays[name] = BayInstance(bay, runner, records)
    share.undo.append(partial(part.bays.pop, name))
    share.runners.append(runner)
    devices = tuple(device for source in bay.sources for device in source.told_by)
    share.standing[name] = StandingVehicles(devices, True, partial(_standing, context, runner))
    for source in bay.sources:
        hear: Listener = runner.on_reading
        if source.kind == "camera":
            hear = partial(_where_it_counts, context, source.name, hear)
        for device in source.told_by:
            share.listeners[device] += [
                context.listener(key, hear),
                context.listener(FIGURES, partial(_hear_bay, context, part, name)),
            ]


def _written(records: Recorder, tell: Callable[[BayState, BayState], None], before: BayState, after: BayState) -> None:
    records.committed()
    tell(before, after)


def _judge(part: ParkingPart, bay: Bay) -> BayStep:
    """The rule of a bay, with what else the pole knows."""
    beside = partial(part.evidence, bay)

    def step(state: BayState, now: Moment, reading: Reading | None) -> Step[BayState]:
        return bay_rule.step(part.regulated(bay), state, now, reading, closed=bay.name in part.closed, beside=beside)

    return step


def order_in_words(rules: Sequence[RuleOptions], version: str) -> Order:
    """The order of a bay: its rule, and those of its temporary orders, as the configuration has them."""
    text = msgspec.json.encode(rules, enc_hook=float)
    return Order(msgspec.Raw(text), version)


async def _begin_bay_anew(context: BuildContext, part: ParkingPart, name: str, runner: RuleRunner[BayState]) -> None:
    """Nobody saw the bay while its rule was set aside."""
    occupancy, failure = part.occupancy, context.isolation.part(runner.key).failure
    if occupancy is not None and failure is not None:
        await context.isolation.part(FIGURES).attempt(partial(occupancy.recorder.lost, name, failure.last))
    await runner.begin_anew(partial(context.state, runner.key, BayState))


def _rule_of(context: BuildContext, tables: ParkingTables, name: str, options: BayOptions) -> Bay:
    sources = [_source(context, tables, each, options) for each in (options.sensor, *options.also)]
    pole = context.config.pole
    order = order_of(options, tables.rule, pole.timezone, pole.law)
    return Bay(
        name,
        tuple(sources),
        order,
        options.disagree_s,
        quickest_swap_of(options, tables.parking),
        tables.parking.presumed if options.presumed is None else options.presumed,
        seen_by(options, tables.sensor),
        _where(context, name),
    )


def seen_by(bay: BayOptions, sensors: Mapping[str, SensorOptions]) -> str:
    """What tells the sensors of a bay from others that have been put in their place: what they are and where."""
    options = [sensors[name] for name in (bay.sensor, *bay.also) if name in sensors]
    return "; ".join(" ".join(str(getattr(each, key)) for key in WHEREABOUTS if hasattr(each, key)) for each in options)


def _where(context: BuildContext, name: str) -> BayPlace | None:
    """Returns where a bay is; None: nobody has said it."""
    place = context.identified.places.get(name)
    if place is None:
        return None
    found = BayPlace(place.label, place.reference, place.latitude, place.longitude)
    return None if found == BayPlace() else found


def _source(context: BuildContext, tables: ParkingTables, name: str, bay: BayOptions) -> Source:
    if name in context.places:
        return zone_of(name, context.places[name].device)
    return source_of(name, bay, _reporting(context, tables, name))


def _reporting(context: BuildContext, tables: ParkingTables, sensor: str) -> Reporting:
    return registry.reporting(tables.sensor[sensor], Path(context.config.pole.profiles_dir))


async def _where_it_counts(context: BuildContext, place: str, hear: Listener, reading: Reading) -> None:
    """What a camera sees of a single place counts only while its alert mode is lawful, in a bay as in a zone."""
    lawful = context.places[place].counts(context.clock.now())
    await hear(reading if lawful else Reading(reading.device, "reachable", False, reading.at_s))


async def _occupancy(context: BuildContext, share: Share) -> None:
    part, figures = context.built.part(ParkingPart), context.isolation.part(FIGURES)
    recorder = OccupancyRecorder(
        _place(context),
        _retention(context),
        commit=context.commit,
        rows=context.store,
        clock=context.clock,
        part=figures,
    )
    part.occupancy = Occupancy(recorder, OccupancyAnswers(recorder, context.clock))
    share.undo.append(partial(setattr, part, "occupancy", None))
    figures.begin_anew = recorder.open
    await figures.attempt(recorder.open)


async def _groups(context: BuildContext, share: Share) -> None:
    """Bays may come and go while the figures of the others go on."""
    part, options = context.built.part(ParkingPart), context.config.of(ParkingTables).parking
    if part.occupancy is None:
        return
    recorder = part.occupancy.recorder
    arrange = partial(recorder.arrange, _place(context), _retention(context), context.identified.new_names("bay"))
    await context.isolation.part(FIGURES).attempt(arrange)
    part.occupancy = Occupancy(recorder, OccupancyAnswers(recorder, context.clock))
    identities = {
        name: statistics.GroupIdentity(group.uuid, group.reference) for name, group in context.identified.groups.items()
    }
    period_s = options.statistics_period_s
    publisher = StatisticsPublisher(recorder, period_s=period_s, clock=context.clock, identities=identities)
    share.tasks.append(Task(FIGURES, publisher.run))


def _retention(context: BuildContext) -> statistics.Retention:
    max_bytes = int(context.config.store.max_mb * 1_000_000 * STATISTICS_SHARE)
    return statistics.Retention(context.config.of(ParkingTables).parking.keep_days, max_bytes)


def _place(context: BuildContext) -> statistics.Place:
    pole = context.config.pole
    labels = {place.name: place.label for place in _told(context) if place.label is not None}
    return statistics.Place(pole.site, pole.id, pole.timezone, groups_of_bays(context.config), labels)


def _told(context: BuildContext) -> Iterable[Place | Group]:
    """Bays and groups of bays."""
    places, groups = context.identified.places.values(), context.identified.groups.values()
    yield from (place for place in places if place.kind == "bay")
    yield from (group for group in groups if group.kind == "parking")


def _standing(context: BuildContext, runner: RuleRunner[BayState]) -> Sequence[Moment]:
    """A bay whose rule was set aside tells nothing: what is known of it may be over."""
    state = runner.state
    known = context.isolation.part(runner.key).trusted and state.occupied and not state.silent
    return (state.stay.entered,) if known and state.stay else ()


async def _hear_bay(context: BuildContext, part: ParkingPart, name: str, reading: Reading) -> None:
    """Runs after the bay's rule: with the first reading of a sensor since the start the bay's state is known again."""
    if part.occupancy is None or part.occupancy.recorder.is_known(name):
        return
    bay, runner, _records = part.bays[name]
    at = context.clock.moment_at(reading.at_s)
    if (state := sensed_state(bay, runner.state, at)) is not None:
        await part.occupancy.recorder.note_state(name, state, at)


def _tell_presence(context: BuildContext, bay: str, before: BayState, after: BayState) -> None:
    """The pole is told that a vehicle came or went."""
    if _vehicle(after) != _vehicle(before):
        context.bus.tell(Presence(bay, context.clock.now().mono_s))


def _vehicle(state: BayState) -> str | None:
    """The stay that is known of; None: none."""
    return state.stay.key if state.stay else None
