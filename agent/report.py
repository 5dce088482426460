"""How the pole is: what it says of that from time to time, and everything to a technician."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import structs

from agent import __version__
from agent.assembly import Components
from agent.box import Box
from agent.clock import Moment, rfc3339
from agent.config.schema import Config
from agent.configuration import InForce
from agent.device_views import device_views
from agent.event_catalogue import PoleStatus
from agent.events import Event
from agent.events.pole import Health, Heartbeat
from agent.events.registry import event
from agent.inventory import facts
from agent.isolation import Isolation
from agent.joined import filled
from agent.kernel_clock import source
from agent.store import PositionStatus, StoreStatus
from agent.supervise import Supervisor
from agent.trades.base import Trade, personal
from agent.trades.build import UNKNOWN, DeviceView, Part
from agent.trades.registry import TRADES
from agent.trades.words import span
from agent.uplink.budget import Spent
from agent.uplink.expiry import days_left
from agent.uplink.options import UplinkOptions
from agent.uplink.status import UplinkStatus
from agent.uplink.uplink import Uplink
from drivers.base import Reading, Stay
from drivers.translation import _

PERSONAL = personal(TRADES)
"""What is told to nobody, a technician included."""


def health(full: dict[str, Any]) -> Health:
    """The part of the full status that a fleet's table shows: in each heartbeat, and retained beside the inventory."""
    disk, configuration = full["box"]["disk"], full["configuration"]
    return Health(
        version=full["version"],
        uptime_s=full["uptime_s"],
        clock_source=full["clock"]["source"],
        disk_free_percent=disk and disk["free_percent"],
        temperature_c=full["box"]["temperature_c"],
        under_voltage=full["box"]["under_voltage"],
        config_sha256=configuration and configuration["sha256"],
        config_source=configuration and configuration["source"],
    )


def heartbeat(
    config: Config,
    now: Moment,
    full: dict[str, Any],
    trades: Sequence[Trade] = TRADES,
    isolation: Isolation | None = None,
) -> Event:
    """`pole.status`: the part of the full status that is worth sending every few minutes."""
    devices, modem = full["devices"], full["modem"]
    own = Heartbeat(
        **structs.asdict(health(full)),
        clock_trusted=full["clock"]["trusted"],
        events_waiting=full["store"]["events"],
        events_dropped=full["store"]["dropped"],
        store_bytes=full["store"]["bytes"],
        devices=len(devices),
        dropped_bytes=sum(device.get("dropped_bytes", 0) for device in devices.values()),
        devices_down=tuple(sorted(name for name, device in devices.items() if device["state"] in {"down", "stale"})),
        parts_failed=tuple(part["part"] for part in full["parts"]),
        network_operator=modem and modem["operator"],
        signal_percent=modem and modem["signal_percent"],
        uplink_month_bytes=_month_bytes(full),
    )
    return event(filled(PoleStatus, (own, *facts(config, now, trades, isolation or Isolation()))), config.pole.id, now)


def status(
    config: Config,
    *,
    now: Moment,
    began: Moment,
    applied: Moment,
    components: Components,
    supervisors: Sequence[Supervisor],
    uplinks: Mapping[str, Uplink],
    positions: Mapping[str, PositionStatus],
    store: StoreStatus,
    isolation: Isolation,
    box: Box,
    modem: Mapping[str, Any] | None = None,
    in_force: InForce | None,
    not_kept: str | None = None,
    documents: Sequence[Mapping[str, Any]] = (),
    security: Mapping[str, Any] = MappingProxyType({}),
    heard: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType({}),
) -> dict[str, Any]:
    """The whole answer to a technician's `status`, JSON-able; units stand in the keys.

    Args:
        heard: on each line, beside the answers: an echo, a second master, noise.
    """
    first, *further = (
        _uplink(name, each, positions.get(name), now, config.pole.timezone) for name, each in uplinks.items()
    )
    devices = device_views(components, supervisors, isolation, now.mono_s)
    said: dict[str, Any] = {
        "pole": config.pole.id,
        "site": config.pole.site,
        "version": __version__,
        "uptime_s": round(now.mono_s - began.mono_s, 1),
        "clock": _clock(config, now, box),
        "box": _box(box),
        "modem": modem,
        "configuration": in_force and _configuration(in_force, not_kept, _since(applied, now)),
        "update": None,
        "uplink": first,
        "further_uplinks": further,
        "store": _store(store, now),
        "lines": sorted(config.line),
        "heard": {line: list(told) for line, told in sorted(heard.items()) if told},
        "devices": {one.name: _device_row(isolation, one, now.mono_s, components.parts) for one in supervisors},
        "documents": list(documents),
        "security": dict(security),
        "trades": [],
    }
    for trade, share in _of_trades(components, isolation, now, devices):
        said |= share
        said["trades"].append(trade)
    # The parts come last: what could not be told just now is among them.
    return said | {"parts": isolation.status()}


def _of_trades(
    components: Components, isolation: Isolation, now: Moment, devices: Mapping[str, DeviceView]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What each trade that can tell says, by its name."""
    for trade, part in components.parts.items():
        share = isolation.ask(f"status/trade/{trade}", partial(part.status, now, devices))
        if share is not None:
            yield trade, share


def _box(box: Box) -> dict[str, Any]:
    return {
        "disk": box.disk and structs.asdict(box.disk),
        "temperature_c": box.temperature_c,
        "under_voltage": box.under_voltage,
    }


def _configuration(in_force: InForce, not_kept: str | None, since: str | None) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(in_force)
    return said | {"not_kept": not_kept, "since": since}


def _since(applied: Moment, now: Moment) -> str | None:
    """Returns when the configuration was applied; None: the clock is not set."""
    return _second(now.shifted_to(applied.mono_s)) if now.trusted else None


def _second(at: Moment) -> str:
    return at.utc.isoformat(timespec="seconds").replace("+00:00", "Z")


def _clock(config: Config, now: Moment, box: Box) -> dict[str, Any]:
    kept = box.clock
    return {
        "trusted": now.trusted,
        "time": _second(now),
        "source": source(config.pole.clock, now.trusted, box.by_ntp or kept.name is not None),
        "max_error_s": kept.error_s if now.trusted else None,
        "kept_by": kept.name,
        "reference": kept.reference,
        "updated": None if kept.updated_s is None else rfc3339(kept.updated_s),
        "authenticated": kept.authenticated,
    }


def _uplink(name: str, uplink: Uplink, position: PositionStatus | None, now: Moment, timezone: str) -> dict[str, Any]:
    status, limiter = uplink.status, uplink.limiter
    trouble, ended = status.trouble, status.ended
    return {
        "name": name,
        "broker": status.broker,
        "connected": status.connected,
        "protocol": status.protocol,
        "since_s": round(status.since_s, 1),
        "next_attempt_s": _rounded(status.next_attempt_s),
        "trouble": trouble.name if trouble else None,
        "last_error": trouble.words if trouble else None,
        "ended": ended and {"trouble": ended.name, "error": ended.words, "ago_s": _rounded(status.ended_ago_s)},
        "acknowledged": status.sent,
        "waiting": position and sum(position.waiting.values()),
        "newest_sequence": position and position.newest,
        "resending": position and position.resending,
        "commands_rate_limited": limiter.dropped,
        "commands_rate_limited_ago_s": _rounded(limiter.dropped_ago_s(now.mono_s)),
        "bad_packets": status.bad_packets,
        "bad_packet_ago_s": _rounded(status.bad_packet_ago_s),
        "certificates": _certificates(status, now),
        "traffic": _traffic(uplink.options, uplink.account.now(now, timezone)),
    }


def _traffic(options: UplinkOptions, spent: Spent | None) -> dict[str, Any] | None:
    """Bytes of IP packets by days and months of local time, and what is saved."""
    if spent is None:
        return None
    return {
        "today_bytes": structs.asdict(spent.today),
        "yesterday_bytes": spent.yesterday and structs.asdict(spent.yesterday),
        "month_bytes": structs.asdict(spent.this_month),
        "last_month_bytes": spent.last_month and structs.asdict(spent.last_month),
        "budget_bytes": options.monthly_budget_bytes,
        "saves": spent.stage,
        "left_out": spent.left_out,
    }


def _month_bytes(full: dict[str, Any]) -> int | None:
    """Bytes of this month over all uplinks; None: not known yet."""
    counted = [each["traffic"]["month_bytes"] for each in (full["uplink"], *full["further_uplinks"]) if each["traffic"]]
    return sum(sum(each.values()) for each in counted) if counted else None


def _certificates(status: UplinkStatus, now: Moment) -> list[dict[str, Any]]:
    """How many days are left is not known without a clock."""
    return [
        {"certificate": one.certificate, "file": one.file, "days_left": days_left(one.not_after_s, now)}
        for one in (status.certificates if now.trusted else ())
    ]


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
        "memory_only": store.memory_only,
        "written_today_bytes": store.written_today_bytes,
        "written_yesterday_bytes": store.written_yesterday_bytes,
    }


def _device_row(
    isolation: Isolation, supervisor: Supervisor, now_s: float, parts: Mapping[str, Part]
) -> dict[str, Any]:
    """How it is, and what each trade says of it. A device that cannot be told of is not down for that."""
    name = supervisor.name
    told = isolation.ask(f"status/device/{name}", partial(_reachability, supervisor, now_s))
    said = dict(UNKNOWN) if told is None else told
    for trade, part in parts.items():
        said |= isolation.ask(f"status/device/{name}/{trade}", partial(part.device, name)) or {}
    return said


def _reachability(supervisor: Supervisor, now_s: float) -> dict[str, Any]:
    age_s, dropped = supervisor.age_s(now_s), supervisor.dropped_bytes
    garbage: dict[str, Any] = {"dropped_bytes": dropped} if dropped else {}
    if supervisor.dropped:
        garbage["dropped"] = dict(supervisor.dropped)
    if supervisor.left_out:
        garbage["left_out"] = list(supervisor.left_out)
    reach = supervisor.reach(now_s)
    told: dict[str, Any] = {"state": reach}
    if age_s is not None:
        if reach == "up":
            told |= {"last_reading_age_s": age_s} | _shown(supervisor.shown(now_s)) | dict(supervisor.figures)
        elif reach == "stale":
            told["reason"] = supervisor.readings.doubt or _("it has no value to tell for {span}").format(
                span=span(age_s)
            )
        told |= _old(supervisor.old(now_s), now_s)
    if supervisor.down_because is not None:
        told["reason"] = supervisor.down_because
    return told | garbage


def _old(readings: Mapping[str, Reading], now_s: float) -> dict[str, Any]:
    """The last values that do not count any more, with their age."""
    told = {
        quantity: {"value": reading.value, "age_s": round(now_s - reading.at_s, 1)}
        for quantity, reading in readings.items()
        if _shown(reading)
    }
    return {"last_values": told} if told else {}


def _shown(reading: Reading | None) -> dict[str, Any]:
    """Neither a single stay, which the zone may tell by the legal mode, nor whose vehicle it is."""
    if reading is None or isinstance(reading.value, Stay) or reading.quantity in PERSONAL:
        return {}
    return {reading.quantity: reading.value}
