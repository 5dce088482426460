"""What a station told as begun, and its file asks for no more: that is over (pure)."""

from msgspec import structs

from agent.clock import Moment
from agent.events import Event
from agent.events.registry import event
from agent.trades.sensing import faults, maintenance
from agent.trades.sensing.state import Station, StationState, fault_key, threshold_key


def ended(station: Station, state: StationState, now: Moment) -> tuple[StationState, list[Event]]:
    """The state without what is asked for no more; that each of it is over."""
    asked = alarm_keys(station)
    gone = {key: begun for key, begun in state.begun.items() if key not in asked}
    events = [
        event(structs.replace(begun.told, active=False, detail=""), begun.subject, now)
        for begun in gone.values()
        if begun.told is not None
    ]
    begun = {key: each for key, each in state.begun.items() if key not in gone}
    alarms = {key: each for key, each in state.alarms.items() if key not in gone}
    return structs.replace(state, begun=begun, alarms=alarms), events


def alarm_keys(station: Station) -> frozenset[str]:
    """The keys of all that can be told of it as an alarm."""
    keys = set(maintenance.keys(station))
    for name, options in station.options.quantity.items():
        keys |= {threshold_key(each.name, name) for each in options.threshold}
        keys |= {fault_key(kind, name) for kind in faults.kinds(options)}
    return frozenset(keys)
