"""Builds parking sensors, bays and the recorder of their occupancy."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec import UNSET

from agent.bus import NoLongerLawful, Presence
from agent.clock import Moment
from agent.isolation import Listener
from agent.places import Group, Place
from agent.regulation import RuleOptions, order_of, rules_of
from agent.rule import RuleRunner, Step
from agent.trades.build import BuildContext, tells_one_of
from agent.trades.parking import statistics
from agent.trades.parking.carried import Carried
from agent.trades.parking.event_types import BAY_DISAGREEMENT, BayPlace
from agent.trades.parking.options import BayOptions, quickest_swap_of
from agent.trades.parking.part import FIGURES, BayInstance, Occupancy, ParkingPart
from agent.trades.parking.removed import tell_removed
from agent.trades.parking.sensors import sensor_count, sensor_health
from agent.trades.parking.sensors.sensor_count import CountState
from agent.trades.parking.sensors.sensor_health import SensorState
from agent.trades.parking.sensors.source import Source, source_of, zone_of
from agent.trades.parking.statistics import OccupancyAnswers, OccupancyRecorder, StatisticsPublisher
from agent.trades.parking.stays import bay as bay_rule
from agent.trades.parking.stays.dossier import BayStep, Order, Recorder, StayRecord, key_of
from agent.trades.parking.stays.sources_update import QUANTITIES
from agent.trades.parking.stays.state import Bay, BayState, persisted, sensed_state, without_cameras
from agent.trades.parking.tables import ParkingTables, groups_of_bays
from agent.trades.units import Share, StandingVehicles, Task, Unit, described_by
from drivers import registry
from drivers.base import Reading, Reporting
from drivers.lorawan import LorawanSensor
from drivers.mistakes import ProfileError
from drivers.modbus_sensor import ModbusSensor
from drivers.registry import SensorOptions
from drivers.translation import _

if TYPE_CHECKING:
    from drivers.lorawan import LorawanDriver

GROUPS = "figures-groups"
"""What tells these figures which bays there are."""

NAMES = "bays"
"""What tells of bays that are gone."""

OF_A_BAY = frozenset({"distance_mm", "occupied"})
"""Quantities of a sensor by which it is judged whether it still sees its bay."""

WHEREABOUTS = ("model", "profile", "network", "dev_eui", "line", "unit", "port", "chip", "offset")
"""Keys of a sensor that tell it from another one."""

STATISTICS_SHARE = 0.25
"""Share of the store's room that the days of bays may take; a store that they filled would take no events."""


def units(context: BuildContext) -> Iterator[Unit]:
    tables, pole = context.config.of(ParkingTables), context.config.pole
    for name, options in tables.sensor.items():
        profile = described_by(options, pole.profiles_dir)
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
    sensor_context = registry.SensorContext(
        Path(context.config.pole.profiles_dir),
        context.masters,
        context.networks,
        await _counted(context, name, options, share),
    )
    driver = registry.sensor(name, options, sensor_context)
    share.drivers.append(driver)
    if isinstance(options, LorawanSensor):
        share.undo.append(cast("LorawanDriver", driver).leave_network)
    reporting = registry.reporting(options, sensor_context.profiles_dir)
    part.sensors[name] = runner = await _health(context, _watched(tables, name, reporting))
    share.undo.append(partial(part.sensors.pop, name))
    share.runners.append(runner)
    hear = partial(_where_a_bay_is, context, name, runner.on_reading)
    share.listeners[name].append(context.listener(runner.key, hear))


async def _where_a_bay_is(context: BuildContext, sensor: str, hear: Listener, reading: Reading) -> None:
    """A reading is heard, unless it tells of a bay and there is none: water that stands near is no snow on a sensor."""
    if reading.quantity not in OF_A_BAY or _bays_of(context.config.of(ParkingTables), sensor):
        await hear(reading)


async def _counted(context: BuildContext, name: str, options: SensorOptions, share: Share) -> Mapping[str, float]:
    """What the sensor had counted when it was heard last; it is kept from now on."""
    quantities = registry.COUNTED.get(type(options))
    if quantities is None:
        return {}
    key = sensor_count.key(name)
    runner = await context.rule(key, CountState, sensor_count.step, quantities=quantities)
    share.runners.append(runner)
    share.listeners[name].append(context.listener(key, runner.on_reading))
    return runner.state.counts


def _watched(tables: ParkingTables, name: str, reporting: Reporting | None) -> sensor_health.Sensor:
    nearest_mm = nearest_of(tables, name) if reporting is not None and reporting.decides == "distance" else 0
    return sensor_health.Sensor(name, tables.sensor_health, reporting, nearest_mm)


def nearest_of(tables: ParkingTables, sensor: str) -> int:
    """How near a vehicle may come to a sensor, mm: as its bay has it."""
    own = (bay.nearest_mm for bay in _bays_of(tables, sensor) if bay.sensor == sensor)
    return next(own, BayOptions(sensor="").nearest_mm)


def _bays_of(tables: ParkingTables, sensor: str) -> list[BayOptions]:
    return [bay for bay in tables.bay.values() if sensor in (bay.sensor, *bay.also)]


async def _health(context: BuildContext, watched: sensor_health.Sensor) -> RuleRunner[SensorState]:
    step = partial(sensor_health.step, watched)
    persisted, quantities = sensor_health.persisted, sensor_health.QUANTITIES
    return await context.rule(f"sensor/{watched.name}", SensorState, step, persisted=persisted, quantities=quantities)


async def _bay(context: BuildContext, name: str, share: Share) -> None:
    tables, part = context.config.of(ParkingTables), context.built.part(ParkingPart)
    bay, key = _rule_of(context, tables, name, tables.bay[name]), f"bay/{name}"
    order = order_in_words(rules_of(tables.bay[name], tables.rule), bay.order.version)
    stored = await context.state(key, BayState)
    records = Recorder(name, order, await context.state(key_of(name, stored.stays), StayRecord))
    runner = await _runner(context, part, bay, records)
    context.isolation.part(key).begin_anew = partial(_begin_bay_anew, context, part, name, runner)
    part.bays[name] = BayInstance(bay, runner, records)
    share.undo.append(partial(_take_out, context, part, name))
    share.runners.append(runner)
    devices = tuple(device for source in bay.sources for device in source.told_by)
    share.standing[name] = StandingVehicles(devices, True, partial(_standing, context, runner))
    _listen(context, part, bay, runner, share)
    share.undo.append(context.bus.listen(NoLongerLawful, partial(_forget_derived, context, records)))
    share.undo.append(context.forgets(runner, partial(without_cameras, bay), BAY_DISAGREEMENT, name))


async def _runner(context: BuildContext, part: ParkingPart, bay: Bay, records: Recorder) -> RuleRunner[BayState]:
    return await context.rule(
        f"bay/{bay.name}",
        BayState,
        records.noting(_judge(part, bay)),
        part.occupancy.recorder.commit_bay if part.occupancy else context.commit,
        load=partial(_known, context, part, bay),
        persisted=persisted,
        quantities=QUANTITIES,
        committed=partial(_written, records, partial(_tell_presence, context, bay.name)),
    )


async def _known(context: BuildContext, part: ParkingPart, bay: Bay) -> BayState:
    """What is known of a bay when it is built: what is stored, and where it was taken out just now what goes on."""
    stored, carried = await context.state(f"bay/{bay.name}", BayState), part.carried.pop(bay.name, None)
    return stored if carried is None else carried.onto(stored, bay, _watchers(part, bay), context.clock.now())


def _take_out(context: BuildContext, part: ParkingPart, name: str) -> None:
    """The bay is gone, or is about to be built anew."""
    bay, runner, _records = part.bays.pop(name)
    if context.isolation.part(runner.key).trusted:
        part.carried[name] = Carried(bay, _watchers(part, bay), runner.state.runtime, context.clock.now())


def _watchers(part: ParkingPart, bay: Bay) -> tuple[object | None, ...]:
    return tuple(part.sensors.get(each.name) for each in bay.sources)


def _listen(context: BuildContext, part: ParkingPart, bay: Bay, runner: RuleRunner[BayState], share: Share) -> None:
    """What its sources say reaches the bay, and the figures."""
    key, name = runner.key, bay.name
    for source in bay.sources:
        hear: Listener = runner.on_reading
        count: Listener = partial(_hear_bay, context, part, name)
        if source.kind == "camera":
            unwatched = partial(_unwatched, context, context.listener(key, hear), source.name)
            share.tasks.append(Task(f"unwatched/{source.name}/{name}", unwatched))
            hear, count = (partial(_where_it_counts, context, source.name, each) for each in (hear, count))
        for device in source.told_by:
            share.listeners[device] += [context.listener(key, hear), context.listener(FIGURES, count)]


def _written(records: Recorder, tell: Callable[[BayState, BayState], None], before: BayState, after: BayState) -> None:
    records.committed()
    tell(before, after)


def _forget_derived(context: BuildContext, records: Recorder, _: NoLongerLawful) -> None:
    """A record that tells what a camera has seen is not written again with the next event of its stay."""
    whats = [each.what for each in context.derived() if each.always]
    records.forget(lambda record: tells_one_of(record.told, record.bay, whats))


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
    reporting = _reporting(context, tables, name)
    if reporting is None:
        raise ProfileError(_("[sensor.{name}] tells nothing of a bay").format(name=name))
    return source_of(name, bay, reporting)


def _reporting(context: BuildContext, tables: ParkingTables, sensor: str) -> Reporting | None:
    return registry.reporting(tables.sensor[sensor], Path(context.config.pole.profiles_dir))


async def _where_it_counts(context: BuildContext, place: str, hear: Listener, reading: Reading) -> None:
    """What a camera sees of a single place counts only while its alert mode is lawful, in a bay as in a zone; else
    nothing is heard of it, not even when."""
    if context.places[place].counts(context.clock.now()):
        await hear(reading)


async def _unwatched(context: BuildContext, hear: Listener, device: str) -> None:
    """Waits until what the camera has seen may be used no longer: from then on it does not watch the bay."""
    ended = asyncio.Event()
    undo = context.bus.listen(NoLongerLawful, lambda _: ended.set())
    try:
        while True:
            await ended.wait()
            ended.clear()
            await hear(Reading(device, "reachable", False, context.clock.now().mono_s))
    finally:
        undo()


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
    """The pole is told that a vehicle came or went. One that is forgotten did neither."""
    is_forgotten = before.stay is not None and before.stay.by_camera is True and after.left is UNSET
    if _vehicle(after) != _vehicle(before) and not is_forgotten:
        context.bus.tell(Presence(bay, context.clock.now().mono_s))


def _vehicle(state: BayState) -> str | None:
    """The stay that is known of; None: none."""
    return state.stay.key if state.stay else None
