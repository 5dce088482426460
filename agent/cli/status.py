"""What a technician asks the running daemon through its local socket: status, tail."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from agent.cli.asking import Asking
from agent.console import Answer, Ask, ask_daemon
from agent.console_client import OtherVersion, first_answer, no_daemon, read
from agent.documents.words import words
from agent.trades.base import Trade
from agent.trades.registry import TRADES
from agent.trades.words import because, span
from drivers.digits import digits
from drivers.printable import printable
from drivers.translation import _, ngettext

AskTrade = Callable[[Trade, Callable[[], Iterable[str]]], Iterable[str]]
"""Gives what a trade says. Raises OtherVersion."""

_ENDED_SHOWN_S = 3600.0
"""The time for which it is shown how the connection before the one that stands has ended."""

MARKS = {"up": "+", "down": "!", "stale": "!", "waiting": ".", "unknown": "?"}


async def status(socket: Path, as_json: bool) -> int:
    """0: everything is up; 1: something is down, a part of the daemon failed, no daemon answers, or one of another
    version that does not say all of that."""
    answer = await first_answer(socket, Ask("status"))
    if answer is None:
        return 1
    print(json.dumps(answer, indent=2) if as_json else "\n".join(map(printable, status_lines(answer))))
    try:
        with read(answer):
            down = any(MARKS[device["state"]] == MARKS["down"] for device in answer["devices"].values())
            return 1 if down or answer["parts"] else 0
    except OtherVersion:
        return 1


async def tail(socket: Path) -> int:
    """Events, one JSON a line, until Ctrl-C."""
    try:
        async for event in ask_daemon(socket, Ask("tail")):
            if "error" in event:
                print(event["error"], file=sys.stderr)
                return 1
            print(json.dumps(event), flush=True)
    except OSError as error:
        print(no_daemon(socket, error), file=sys.stderr)
        return 1
    print(_("the daemon has ended"), file=sys.stderr)
    return 1


def status_lines(answer: Answer, trades: Sequence[Trade] = TRADES) -> Iterable[str]:
    """The answer in words, one line for each thing; what a daemon of another version says otherwise is left out."""
    asking, left_out = Asking(), 0
    ask = partial(_asked, asking, answer)
    sections: list[Callable[[Answer], Iterable[str]]] = [*_OF_POLE]
    sections += [partial(_trade_lines, trade, ask) for trade in trades]
    sections.append(partial(_device_lines, trades, ask))
    for lines in sections:
        try:
            with read(answer):
                yield from tuple(lines(answer))
        except OtherVersion:
            left_out += 1
    for name, told in asking.defects.items():
        yield f"{_('FAILED'):<8} {name}: {told}"
    if left_out:
        yield _left_out(left_out)


def _left_out(count: int) -> str:
    words = ngettext(
        "one part of the answer of another version cannot be read: see --json",
        "{count} parts of the answer of another version cannot be read: see --json",
        count,
    )
    return words.format(count=count)


def _pole_lines(answer: Answer) -> Iterable[str]:
    up = _("lamppost {version}, up {uptime}").format(version=answer["version"], uptime=span(answer["uptime_s"]))
    yield f"{'pole':<8} {answer['site']}/{answer['pole']}, {up}"


def _clock_lines(answer: Answer) -> Iterable[str]:
    clock = answer["clock"]
    yield f"{'clock':<8} {clock['time']}{_clock_words(clock)}"


def _config_lines(answer: Answer) -> Iterable[str]:
    if (config := answer["configuration"]) is not None:
        since = _("in force since {time}").format(time=config["since"]) if config["since"] else _("in force")
        yield f"{'config':<8} {config['path']}{_origin(config['source'])}, {since}, sha256 {config['sha256'][:12]}"
        yield from _wrong_lines(config)


def _document_lines(answer: Answer) -> Iterable[str]:
    for document in answer["documents"]:
        yield f"{'document':<8} {words(document)}"


def _heard_lines(answer: Answer) -> Iterable[str]:
    """What was heard on the lines beside the answers."""
    for line, told in answer.get("heard", {}).items():
        for each in told:
            ago = _("the last {span} ago").format(span=span(each["ago_s"]))
            yield f"{'line':<8} {line}: {each['what']}, {ago}, {each['words']}"


def _part_lines(answer: Answer) -> Iterable[str]:
    for part in answer["parts"]:
        yield f"{_('FAILED'):<8} {part['part']}: {part['reason']}; {_failed(part)}"


def _asked(asking: Asking, answer: Answer, trade: Trade, question: Callable[[], Iterable[str]]) -> Iterable[str]:
    """What a trade says of the answer. Raises OtherVersion."""

    def said() -> Iterable[str] | OtherVersion:
        try:
            with read(answer):
                return tuple(question())
        except OtherVersion as skew:
            return skew

    words = asking.ask(trade, said) or ()
    if isinstance(words, OtherVersion):
        raise words
    return words


def _trade_lines(trade: Trade, ask: AskTrade, answer: Answer) -> Iterable[str]:
    return ask(trade, partial(trade.status_lines, answer)) if trade.name in answer["trades"] else ()


def _device_lines(trades: Sequence[Trade], ask: AskTrade, answer: Answer) -> Iterable[str]:
    for name, device in answer["devices"].items():
        reason = because(device.get("reason"))
        yield f"{MARKS[device['state']]} {name:<16} {device['state']}{reason}{_more(device, trades, ask)}"


def _clock_words(clock: dict[str, Any]) -> str:
    if not clock["trusted"]:
        return _("  NOT SET: programs and stations wait, times are marked")
    error_s = clock["max_error_s"]
    words = _(" by {source}, error not known") if error_s is None else _(" by {source}, at most {error_s:.3f} s wrong")
    return words.format(source=clock["source"], error_s=error_s) + "".join(_keeper_words(clock))


def _keeper_words(clock: dict[str, Any]) -> Iterable[str]:
    """Yields who keeps it, by whom it was set, when, and whether that is authenticated."""
    if clock.get("kept_by"):
        yield _(", kept by {name}").format(name=clock["kept_by"])
    if clock.get("reference"):
        yield _(" after {reference}").format(reference=clock["reference"])
    if clock.get("updated"):
        yield _(" of {time}").format(time=clock["updated"])
    if (signed := clock.get("authenticated")) is not None:
        yield _(", authenticated (NTS)") if signed else _(", not authenticated")


def _box_lines(answer: Answer) -> Iterable[str]:
    box = answer["box"]
    disk, celsius = box["disk"], box["temperature_c"]
    free = _("{free:.1f} GB ({percent:g} %) of the disk free")
    words = [
        "" if disk is None else free.format(free=disk["free_bytes"] / 1e9, percent=disk["free_percent"]),
        _("the disk is READ-ONLY") if disk is not None and disk["read_only"] else "",
        "" if celsius is None else f"{celsius:.0f} °C",
        {True: _("UNDER-VOLTAGE"), False: _("supply in order"), None: ""}[box["under_voltage"]],
    ]
    if told := ", ".join(filter(None, words)):
        yield f"{'box':<8} {told}"


def _modem_lines(answer: Answer) -> Iterable[str]:
    if (modem := answer["modem"]) is not None:
        signal = modem["signal_percent"]
        words = [modem["operator"], modem["technology"], modem["state"]]
        words.append(None if signal is None else _("signal {percent:.0f} %").format(percent=signal))
        yield f"{'modem':<8} {', '.join(filter(None, words))}"


def _origin(source: str) -> str:
    """Says where what is in force is from, beside the file."""
    words = {"remote": _(" with what came from afar"), "last_good": _(" is WRONG: the last good one runs")}
    return words.get(source, "")


def _wrong_lines(config: Answer) -> Iterable[str]:
    if (wrong := config["problem"]) is not None:
        where = ":".join(str(each) for each in (wrong["file"], wrong["line"]) if each is not None)
        yield f"{'WRONG':<8} {where}: {wrong['text']}" if where else f"{'WRONG':<8} {wrong['text']}"
        yield from (f"{'WRONG':<8} {further}" for further in wrong["further"])
    for mistake in config["repaired"]:
        yield f"{'repaired':<8} " + _("from afar: {mistake}").format(mistake=mistake)
    if config["not_kept"]:
        yield f"{_('REFUSED'):<8} {config['not_kept']}"
    if config["superseded"]:
        keys = ", ".join(config["superseded"])
        yield f"{'edited':<8} " + _("by hand since they were set from afar: {keys}").format(keys=keys)


def _failed(part: dict[str, Any]) -> str:
    """How it goes on with a part that failed by a defect."""
    words = _("{times} in {span}").format(times=_times(part["count"]), span=span(part["since_s"]))
    if part["left_out"]:
        words += _(", {count} readings or tasks left out").format(count=part["left_out"])
    if part["state"] == "on_trial":
        return _("{words}, on trial").format(words=words)
    wait_s = part["next_attempt_s"]
    if wait_s is None:
        return words + _(", set aside until the next start")
    return words + _(", begun anew in {span}").format(span=span(wait_s))


def _times(count: int) -> str:
    return ngettext("once", "{count} times", count).format(count=count)


def _more(device: dict[str, Any], trades: Sequence[Trade], ask: AskTrade) -> str:
    """What a device tells beside its state."""
    left_out = ", ".join(f"{count} {cause.replace('_', ' ')}" for cause, count in device.get("dropped", {}).items())
    parts = (
        _("{count} bytes of garbage").format(count=device["dropped_bytes"]) if "dropped_bytes" in device else "",
        _("left out: {causes}").format(causes=left_out) if left_out else "",
        _("refuses {registers}").format(registers=", ".join(device["left_out"])) if device.get("left_out") else "",
        *_old_words(device.get("last_values", {})),
        *(words for trade in trades for words in ask(trade, partial(trade.device_words, device))),
    )
    return "".join(f", {part}" for part in parts if part)


def _old_words(values: Answer) -> Iterable[str]:
    for quantity, old in values.items():
        words = _("last {quantity} {value} {span} ago")
        value = digits(old["value"]) if isinstance(old["value"], float) else old["value"]
        yield words.format(quantity=quantity, value=value, span=span(old["age_s"]))


def _uplink_lines(answer: Answer) -> Iterable[str]:
    further = answer.get("further_uplinks", ())
    for uplink in (answer["uplink"], *further):
        yield from _of_uplink(uplink, alone=not further)


def _of_uplink(uplink: dict[str, Any], *, alone: bool) -> Iterable[str]:
    """The lines of one uplink; of several each says what waits for it, which the store says of one that is alone."""
    state = _("connected") if uplink["connected"] else _("NOT CONNECTED") if uplink["trouble"] else _("connecting")
    since = _("{state} for {span}{next}")
    since = since.format(state=state, span=span(uplink["since_s"]), next=_next_attempt(uplink))
    sent = _("{count} events acknowledged").format(count=uplink["acknowledged"])
    older = ", MQTT 3.1.1" if uplink["protocol"] == "3.1.1" else ""
    name = f"{uplink['name']}: " if uplink.get("name") else ""
    waiting = "" if alone else _(", {count} waiting").format(count=uplink["waiting"])
    yield f"{'broker':<8} {name}{uplink['broker']}, {since}, {sent}{waiting}{older}"
    if uplink["trouble"]:
        yield f"{'trouble':<8} {uplink['trouble']}: {uplink['last_error']}"
    if (ended := uplink["ended"]) and uplink["connected"] and ended["ago_s"] < _ENDED_SHOWN_S:
        words = _("ended {span} ago: {name}: {error}")
        yield f"{'before':<8} {words.format(span=span(ended['ago_s']), name=ended['trouble'], error=ended['error'])}"
    if uplink["commands_rate_limited"]:
        ago = span(uplink["commands_rate_limited_ago_s"])
        words = _("{count} came too fast and were refused, the last {span} ago")
        yield f"{'commands':<8} {words.format(count=uplink['commands_rate_limited'], span=ago)}"
    if uplink["bad_packets"]:
        ago = span(uplink["bad_packet_ago_s"])
        words = _("{count} of the broker were not MQTT and ended a connection, the last {span} ago")
        yield f"{'packets':<8} {words.format(count=uplink['bad_packets'], span=ago)}"
    yield from _traffic_lines(uplink["traffic"])
    for one in uplink["certificates"]:
        days, where = one["days_left"], f" ({one['file']})" if one["file"] else ""
        ends = _("{days} days left") if days >= 0 else _("ENDED {days} days ago")
        words = _("certificate of the {owner}{where}: {ends}")
        yield words.format(owner=one["certificate"], where=where, ends=ends.format(days=abs(days)))


def _traffic_lines(traffic: Answer | None) -> Iterable[str]:
    if traffic is None:
        return
    today, month = (_amount(sum(traffic[key].values())) for key in ("today_bytes", "month_bytes"))
    words = _("{today} today, {month} this month").format(today=today, month=month)
    if traffic["budget_bytes"] is not None:
        words += _(" of {budget}").format(budget=_amount(traffic["budget_bytes"]))
    yield f"{'traffic':<8} {words}{_saving(traffic)}"


def _amount(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def _saving(traffic: Answer) -> str:
    what = {
        "none": "",
        "telemetry": _(": SAVES telemetry, {count} events left out"),
        "statistics": _(": SAVES telemetry and statistics, {count} events left out"),
        "exceeded": _(": EXCEEDED, saves telemetry and statistics, {count} events left out"),
    }[traffic["saves"]]
    return what.format(count=traffic["left_out"])


def _next_attempt(uplink: dict[str, Any]) -> str:
    if uplink["connected"] or not uplink["trouble"]:
        return ""
    wait_s = uplink["next_attempt_s"]
    return _(", trying now") if wait_s is None else _(", next attempt in {span}").format(span=span(wait_s))


def _store_lines(answer: Answer) -> Iterable[str]:
    store = answer["store"]
    size = _("{size:.1f} of {most:.0f} MB").format(size=store["bytes"] / 1e6, most=store["max_bytes"] / 1e6)
    if store["events"]:
        by_priority = ", ".join(f"{count} {name}" for name, count in reversed(store["waiting"].items()) if count)
        age_s = store["oldest_age_s"]
        oldest = _("of an unknown time") if age_s is None else _("{span} ago").format(span=span(age_s))
        words = _("{count} events waiting ({by_priority}), oldest {oldest}, {size}")
        words = words.format(count=store["events"], by_priority=by_priority, oldest=oldest, size=size)
    else:
        words = _("nothing waits, {size}").format(size=size)
    yield f"{'store':<8} {words}"
    if store["written_today_bytes"] is not None:
        words = _("{written:.1f} MB written today{yesterday}")
        words = words.format(written=store["written_today_bytes"] / 1e6, yesterday=_yesterday(store))
        yield f"{'disk':<8} {words}"
    if store.get("memory_only"):
        yield _("IN MEMORY {reason}").format(reason=store["memory_only"])
    if store["refuses"]:
        yield f"REFUSED  {store['refuses']}"
    if store["dropped"]:
        yield _("DISCARDED {count} events since the start: see the store.gap events").format(count=store["dropped"])
    if store["moved_aside"]:
        yield _("DAMAGED  a store was moved aside: {file}").format(file=store["moved_aside"])


def _yesterday(store: dict[str, Any]) -> str:
    written = store["written_yesterday_bytes"]
    return "" if written is None else _(", {written:.1f} MB yesterday").format(written=written / 1e6)


_OF_POLE: list[Callable[[Answer], Iterable[str]]] = [
    *(_pole_lines, _clock_lines, _box_lines, _modem_lines, _config_lines, _uplink_lines, _store_lines, _document_lines),
    *(_heard_lines, _part_lines),
]
"""What every pole tells, in this order."""
