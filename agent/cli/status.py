"""What a technician asks the running daemon through its local socket: status, set, tail."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from agent.console import Answer, Ask, ask_daemon
from agent.console_client import first_answer, no_daemon
from agent.trades.base import Trade
from agent.trades.registry import TRADES
from agent.trades.words import because, span
from drivers.options import Seconds

_SOURCES = {"file": "", "remote": " with what came from afar", "last_good": " is WRONG: the last good one runs"}

MARKS = {"up": "+", "down": "!", "waiting": ".", "unknown": "?"}


async def status(socket: Path, as_json: bool) -> int:
    """0: everything is up; 1: something is down, a part of the daemon failed, or no daemon answers."""
    answer = await first_answer(socket, Ask("status"))
    if answer is None:
        return 1
    print(json.dumps(answer, indent=2) if as_json else "\n".join(status_lines(answer)))
    down = any(device["state"] == "down" for device in answer["devices"].values())
    return 1 if down or answer["parts"] else 0


async def set_level(socket: Path, lamp: str, level: str, hold: str) -> int:
    """0: the lamp was read back at that level; 1: it was not, and why; 2: not a level or not a duration."""
    try:
        ask = Ask("set", lamp, *_level_and_hold(level, hold))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    answer = await first_answer(socket, ask)
    if answer is None:
        return 1
    observed = answer.get("observed")
    read_back = "" if observed is None else f", read back {observed:g} %"
    print(f"{lamp}: {answer['status']}{read_back}" + (f": {answer['reason']}" if answer.get("reason") else ""))
    return 0 if answer["status"] == "done" else 1


def _level_and_hold(level: str, hold: str) -> tuple[float | None, float | None]:
    if level == "auto":
        return None, None
    try:
        percent = float(level.removesuffix("%"))
    except ValueError:
        raise ValueError(
            f'"{level}" is not a level; write 0 to 100, or "auto" to give the lamp back to its program'
        ) from None
    if not 0 <= percent <= 100:
        raise ValueError(f"{level} is not a level; it goes from 0 to 100 %")
    return percent, float(Seconds.parse(hold))


async def tail(socket: Path) -> int:
    """Events, one JSON a line, until Ctrl-C."""
    try:
        async for event in ask_daemon(socket, Ask("tail")):
            print(json.dumps(event), flush=True)
    except OSError as error:
        print(no_daemon(socket, error), file=sys.stderr)
        return 1
    print("the daemon has ended", file=sys.stderr)
    return 1


def status_lines(answer: Answer, trades: Sequence[Trade] = TRADES) -> Iterable[str]:
    """The answer in words, one line for each thing."""
    clock = answer["clock"]
    yield f"pole     {answer['site']}/{answer['pole']}, lamppost {answer['version']}, up {span(answer['uptime_s'])}"
    yield f"clock    {clock['time']}{_clock_words(clock)}"
    yield from _box_lines(answer["box"])
    if (config := answer["configuration"]) is not None:
        since = f" since {config['since']}" if config["since"] else ""
        yield f"config   {config['path']}{_SOURCES[config['source']]}, in force{since}, sha256 {config['sha256'][:12]}"
        if (wrong := config["problem"]) is not None:
            line = f" line {wrong['line']}" if wrong["line"] else ""
            yield f"WRONG    {wrong['file']}{line}: {wrong['text']}"
        if config["superseded"]:
            yield f"edited   by hand since it was set from afar: {', '.join(config['superseded'])}"
    yield from _uplink_lines(answer["uplink"])
    yield from _store_lines(answer["store"])
    for part in answer["parts"]:
        yield f"FAILED   {part['part']}: {part['reason']}; {_failed(part)}"
    for trade in trades:
        if trade.name in answer["trades"]:
            yield from trade.status_lines(answer)
    for name, device in answer["devices"].items():
        reason = because(device.get("reason"))
        yield f"{MARKS[device['state']]} {name:<16} {device['state']}{reason}{_more(device, trades)}"


def _clock_words(clock: dict[str, Any]) -> str:
    if not clock["trusted"]:
        return "  NOT SET: programs wait, times are marked"
    error_s = clock["max_error_s"]
    return f" by {clock['source']}, " + ("error not known" if error_s is None else f"at most {error_s:.3f} s wrong")


def _box_lines(box: dict[str, Any]) -> Iterable[str]:
    disk, celsius = box["disk"], box["temperature_c"]
    words = [
        "" if disk is None else f"{disk['free_bytes'] / 1e9:.1f} GB ({disk['free_percent']:g} %) of the disk free",
        "the disk is READ-ONLY" if disk is not None and disk["read_only"] else "",
        "" if celsius is None else f"{celsius:.0f} °C",
        {True: "UNDER-VOLTAGE", False: "supply in order", None: ""}[box["under_voltage"]],
    ]
    if told := ", ".join(filter(None, words)):
        yield f"box      {told}"


def _failed(part: dict[str, Any]) -> str:
    """How it goes on with a part that failed by a defect."""
    words = f"{_times(part['count'])} in {span(part['since_s'])}"
    if part["left_out"]:
        words += f", {part['left_out']} readings or tasks left out"
    if part["state"] == "on_trial":
        return f"{words}, on trial"
    wait_s = part["next_attempt_s"]
    return words + (", set aside until the next start" if wait_s is None else f", begun anew in {span(wait_s)}")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _more(device: dict[str, Any], trades: Sequence[Trade]) -> str:
    """What a device tells beside its state."""
    left_out = ", ".join(f"{count} {cause.replace('_', ' ')}" for cause, count in device.get("dropped", {}).items())
    parts = (
        f"{device['dropped_bytes']} bytes of garbage" if "dropped_bytes" in device else "",
        f"left out: {left_out}" if left_out else "",
        *(words for trade in trades for words in trade.device_words(device)),
    )
    return "".join(f", {part}" for part in parts if part)


def _uplink_lines(uplink: dict[str, Any]) -> Iterable[str]:
    state = "connected" if uplink["connected"] else "NOT CONNECTED" if uplink["trouble"] else "connecting"
    since = f"{state} for {span(uplink['since_s'])}{_next_attempt(uplink)}"
    yield f"broker   {uplink['broker']}, {since}, {uplink['acknowledged']} events acknowledged"
    if uplink["trouble"]:
        yield f"trouble  {uplink['trouble']}: {uplink['last_error']}"
    if uplink["commands_rate_limited"]:
        ago = span(uplink["commands_rate_limited_ago_s"])
        yield f"commands {uplink['commands_rate_limited']} came too fast and were refused, the last {ago} ago"
    if uplink["bad_packets"]:
        ago = span(uplink["bad_packet_ago_s"])
        yield f"packets  {uplink['bad_packets']} of the broker were not MQTT and ended a connection, the last {ago} ago"
    for one in uplink["certificates"]:
        days, where = one["days_left"], f" ({one['file']})" if one["file"] else ""
        ends = f"{days} days left" if days >= 0 else f"ENDED {-days} days ago"
        yield f"certificate of the {one['certificate']}{where}: {ends}"


def _next_attempt(uplink: dict[str, Any]) -> str:
    if uplink["connected"] or not uplink["trouble"]:
        return ""
    wait_s = uplink["next_attempt_s"]
    return ", trying now" if wait_s is None else f", next attempt in {span(wait_s)}"


def _store_lines(store: dict[str, Any]) -> Iterable[str]:
    size = f"{store['bytes'] / 1e6:.1f} of {store['max_bytes'] / 1e6:.0f} MB"
    if store["events"]:
        by_priority = ", ".join(f"{count} {name}" for name, count in reversed(store["waiting"].items()) if count)
        age_s = store["oldest_age_s"]
        oldest = "of an unknown time" if age_s is None else f"{span(age_s)} ago"
        yield f"store    {store['events']} events waiting ({by_priority}), oldest {oldest}, {size}"
    else:
        yield f"store    nothing waits, {size}"
    if store["written_today_bytes"] is not None:
        yield f"disk     {store['written_today_bytes'] / 1e6:.1f} MB written today{_yesterday(store)}"
    if store["refuses"]:
        yield f"REFUSED  {store['refuses']}"
    if store["dropped"]:
        yield f"DISCARDED {store['dropped']} events since the start: see the store.gap events"
    if store["moved_aside"]:
        yield f"DAMAGED  a store was moved aside: {store['moved_aside']}"


def _yesterday(store: dict[str, Any]) -> str:
    written = store["written_yesterday_bytes"]
    return "" if written is None else f", {written / 1e6:.1f} MB yesterday"
