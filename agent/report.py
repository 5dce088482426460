"""What the pole says of itself: its inventory at birth, how it is from time to time, and everything to a technician."""

import importlib.metadata
import platform
import sqlite3
import ssl
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import Any

from msgspec import Struct

from agent import telemetry
from agent.assembly.bays import FIGURES
from agent.assembly.context import BayInstance, Components
from agent.clock import Moment
from agent.config.schema import Config
from agent.events import POLE_BIRTH, POLE_STATUS, Event, Priority
from agent.isolation import Isolation
from agent.regulation import rule_of
from agent.store import StoreStatus
from agent.supervise import Supervisor
from agent.trades import kerb, parking
from agent.trades.lighting import monitor
from agent.trades.metering import supply
from agent.uplink.expiry import days_left
from agent.uplink.session import Uplink
from drivers.base import Reading, Stay

NOT_KNOWN = "a part of the daemon failed by a defect: see FAILED"


@cache
def version() -> str:
    return importlib.metadata.version("lamppost")


@cache
def versions() -> dict[str, str]:
    """Of what lamppost runs on."""
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "openssl": ssl.OPENSSL_VERSION.removeprefix("OpenSSL ").partition(" ")[0],
        "kernel": platform.release(),
    }


def inventory(config: Config, now: Moment) -> dict[str, Any]:
    """Which devices of which kind this pole has, what runs on it, and in which mode its cameras work."""
    return {
        "version": version(),
        "versions": versions(),
        "clock": config.pole.clock,
        "kerb_mode": kerb.mode(config.kerb, now, config.pole.timezone).mode,
        "lines": {name: {"kind": _kind(line)} for name, line in config.line.items()},
        "networks": {name: {"kind": "lorawan"} for name in config.lorawan},
        "sensors": {name: {"kind": _kind(sensor)} for name, sensor in config.sensor.items()},
        "bays": {name: _inventory_bay(config, bay) for name, bay in config.bay.items()},
        "lamps": {name: {"line": lamp.line, "profile": lamp.profile} for name, lamp in config.lamp.items()},
        "meters": {name: {"line": meter.line, "profile": meter.profile} for name, meter in config.meter.items()},
        "zones": {name: _inventory_zone(config, zone) for name, zone in config.zone.items()},
        "cameras": {name: {"model": camera.model} for name, camera in config.camera.items()},
    }


def _kind(options: Struct) -> str:
    return str(options.__struct_config__.tag)


def birth(config: Config, now: Moment) -> Event:
    """`pole.birth`: the inventory, at each start."""
    return Event(type=POLE_BIRTH, subject=config.pole.id, at=now, data=inventory(config, now))


def _inventory_bay(config: Config, bay: parking.BayOptions) -> dict[str, Any]:
    category = rule_of(bay, config.rule).category
    return {"sensor": bay.sensor, "also": bay.also, "category": category, "rule": bay.rule, "group": bay.group}


def _inventory_zone(config: Config, zone: kerb.ZoneOptions) -> dict[str, Any]:
    return {"camera": zone.camera, "category": rule_of(zone, config.rule).category, "rule": zone.rule}


def heartbeat(config: Config, now: Moment, full: dict[str, Any]) -> Event:
    """`pole.status`: the part of the full status that is worth sending every few minutes."""
    devices = full["devices"]
    data = {
        "version": full["version"],
        "uptime_s": full["uptime_s"],
        "clock_trusted": full["clock"]["trusted"],
        "kerb_mode": full["kerb"]["mode"],
        "events_waiting": full["store"]["events"],
        "events_dropped": full["store"]["dropped"],
        "store_bytes": full["store"]["bytes"],
        "devices": len(devices),
        "dropped_bytes": sum(device.get("dropped_bytes", 0) for device in devices.values()),
        "devices_down": sorted(name for name, device in devices.items() if device["state"] == "down"),
        "parts_failed": [part["part"] for part in full["parts"]],
    }
    return Event(type=POLE_STATUS, subject=config.pole.id, at=now, data=data, priority=Priority.TELEMETRY)


def status(
    config: Config,
    *,
    now: Moment,
    began: Moment,
    components: Components,
    supervisors: Sequence[Supervisor],
    uplink: Uplink,
    store: StoreStatus,
    isolation: Isolation,
) -> dict[str, Any]:
    """The whole answer to a technician's `status`, JSON-able; units stand in the keys."""
    mode = kerb.mode(config.kerb, now, config.pole.timezone)
    down = {one.name for one in supervisors if one.down_because is not None}
    lamps = partial(_lamp, components, isolation)
    bays, meters, zones = components.bays, components.meters, components.zones
    answer = {
        "pole": config.pole.id,
        "site": config.pole.site,
        "version": version(),
        "uptime_s": round(now.mono_s - began.mono_s, 1),
        "clock": {"trusted": now.trusted, "time": now.utc.isoformat(timespec="seconds").replace("+00:00", "Z")},
        "uplink": _uplink(config, uplink, now),
        "store": _store(store, now),
        "kerb": kerb.mode_data(mode, config.kerb.authorisation),
        "lines": sorted(config.line),
        "devices": {one.name: _device_row(isolation, components, one, now.mono_s) for one in supervisors},
        "bays": _rows(isolation, "bay", config.bay, lambda name: dict(parking.status_view(*_bay(bays[name]), now))),
        "groups": _groups(isolation, components),
        "lamps": _rows(isolation, "lamp", config.lamp, lamps),
        "meters": _rows(isolation, "meter", config.meter, lambda name: supply.shown(meters[name].state)),
        "zones": _rows(
            isolation,
            "zone",
            config.zone,
            lambda name: _zone(zones[name].state, now, mode, config.zone[name].camera in down),
        ),
    }
    # At last: what could not be told just now is among them.
    return answer | {"parts": isolation.status()}


def _rows(
    isolation: Isolation, trade: str, names: Iterable[str], shown: Callable[[str], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What is told of each; of one whose part failed, or that cannot be told, that it is not known."""
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        told = None
        if trade == "lamp" or isolation.part(f"{trade}/{name}").trusted:
            told = isolation.part(f"status/{trade}/{name}").ask(partial(shown, name))
        found[name] = {"state": "unknown", "reason": NOT_KNOWN} if told is None else told
    return found


def _bay(placed: BayInstance) -> tuple[parking.Bay, parking.BayState]:
    return placed.bay, placed.runner.state


def _groups(isolation: Isolation, components: Components) -> list[dict[str, Any]]:
    figures = components.occupancy
    return [] if figures is None else isolation.part(FIGURES).ask(figures.status, "status") or []


def _uplink(config: Config, uplink: Uplink, now: Moment) -> dict[str, Any]:
    trouble = uplink.trouble
    return {
        "broker": f"{config.uplink.host}:{uplink.port}",
        "connected": uplink.connected,
        "since_s": round(uplink.since_s, 1),
        "next_attempt_s": _rounded(uplink.next_attempt_s),
        "trouble": trouble.name if trouble else None,
        "last_error": trouble.words if trouble else None,
        "acknowledged": uplink.sent,
        "commands_rate_limited": uplink.commands_rate_limited,
        "commands_rate_limited_ago_s": _rounded(uplink.last_dropped_ago_s),
        "bad_packets": uplink.bad_packets,
        "bad_packet_ago_s": _rounded(uplink.bad_packet_ago_s),
        "certificates": [
            # Without a clock nobody knows how many days are left.
            {"certificate": one.certificate, "file": one.file, "days_left": days_left(one.not_after_s, now)}
            for one in (uplink.certificates if now.trusted else ())
        ],
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def _store(store: StoreStatus, now: Moment) -> dict[str, Any]:
    return {
        "events": sum(store.waiting.values()),
        "waiting": store.waiting,
        "oldest_age_s": _rounded(None if store.oldest is None else now.elapsed_since(store.oldest)),
        "bytes": store.used_bytes,
        "max_bytes": store.max_bytes,
        "dropped": store.dropped,
        "moved_aside": store.moved_aside,
        "refuses": store.refuses,
        "written_today_bytes": store.written_today_bytes,
        "written_yesterday_bytes": store.written_yesterday_bytes,
    }


def _device_row(isolation: Isolation, components: Components, supervisor: Supervisor, now_s: float) -> dict[str, Any]:
    """A device that cannot be told of is not down for that."""
    part = isolation.part(f"status/device/{supervisor.name}")
    told = part.ask(lambda: _device(supervisor, now_s) | _health(components, supervisor.name))
    return {"state": "unknown", "reason": NOT_KNOWN} if told is None else told


def _device(supervisor: Supervisor, now_s: float) -> dict[str, Any]:
    last, dropped = supervisor.last_reading, supervisor.dropped_bytes
    garbage: dict[str, Any] = {"dropped_bytes": dropped} if dropped else {}
    if supervisor.dropped:
        garbage["dropped"] = dict(supervisor.dropped)
    if supervisor.down_because is not None:
        return {"state": "down", "reason": supervisor.down_because} | garbage
    if last is None:
        return {"state": "waiting"} | garbage
    age = {"last_reading_age_s": round(now_s - last.at_s, 1)}
    return {"state": "up"} | age | _shown(last) | dict(supervisor.figures) | garbage


def _health(components: Components, device: str) -> dict[str, Any]:
    """The conditions of a parking sensor that somebody should look after."""
    active = components.sensors[device].state.active if device in components.sensors else ()
    return {"conditions": sorted(active)} if active else {}


def _shown(reading: Reading) -> dict[str, Any]:
    """Neither a single stay, which the zone may tell by the legal mode, nor whose vehicle it is."""
    if isinstance(reading.value, Stay) or reading.quantity in telemetry.PERSONAL:
        return {}
    return {reading.quantity: reading.value}


def _lamp(components: Components, isolation: Isolation, name: str) -> dict[str, Any]:
    lamp, watched = components.lamps[name], components.monitors.get(name)
    level = lamp.level
    return {
        "level_percent": lamp.observed_percent,
        "commanded_percent": level.level_percent,
        "reason": level.reason,
        "until": None if level.until is None else level.until.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "detail": level.detail or None,
        **(monitor.shown(watched.state) if watched and isolation.part(watched.key).trusted else {}),
    }


def _zone(state: kerb.ZoneState, now: Moment, mode: kerb.Mode, blind: bool) -> dict[str, Any]:
    """In statistics mode not even a technician sees a single stay."""
    if blind:
        return {"state": "its camera is down"}
    if mode.mode != "alert":
        return {"state": "counting"}
    standing = [one.standing_s(now) for one in state.runtime.open]
    return {"vehicles": len(standing), "standing_s": round(max(standing), 1) if standing else None}
