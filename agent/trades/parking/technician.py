"""What a technician reads of bays and their sensors."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent.trades.words import remark_words, span, state_lines
from drivers.translation import _, ngettext

NO_GROUP = _("(no group)")
"""The name for bays without a group. It has a blank, which the name of a group cannot have."""


def status_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    yield from state_lines("bay", {name: _bay(state) for name, state in answer["bays"].items()})
    for group in answer["groups"]:
        yield f"{'group':<8} {group['group'] or NO_GROUP:<16} {_group_words(group)}"
    for order in answer.get("orders", ()):
        yield f"{'rule':<8} {order['rule']:<16} {order['name']}: {remark_words(order['remark'], order['end'])}"


def _bay(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns what is known of a bay, with what is ordered of it in words."""
    ordered = state.get("ordered")
    if ordered is None:
        return state
    place = ordered["place"] or {}
    words = {"ordered": _ordered_words(ordered), "place": place.get("label") or place.get("reference")}
    return {**state, **words}


def _ordered_words(ordered: Mapping[str, Any]) -> str:
    """ "market, rule no-parking: nobody may stand there; version 1a2b3c4d5e6f7a8b"."""
    rule = _("rule {rule}").format(rule=ordered["rule"]) if ordered["rule"] else None
    names = ", ".join(filter(None, (ordered["order"], rule))) or _("by its own table")
    if ordered["limit_s"] is None:
        limit = _("no limit")
    elif ordered["limit_applies"] is None:
        limit = _("not known before the clock is set")
    elif not ordered["limit_applies"]:
        limit = _("no limit at this hour")
    else:
        limit = (
            _("limit {limit}").format(limit=span(ordered["limit_s"])) if ordered["limit_s"] else _("nobody may stand")
        )
    return _("{names}: {limit}; version {version}").format(names=names, limit=limit, version=ordered["order_digest"])


def device_words(device: Mapping[str, Any]) -> Iterator[str]:
    """The conditions of a sensor that somebody should look after."""
    yield from (each.removeprefix("sensor.").upper() for each in device.get("conditions", ()))


def _group_words(group: dict[str, Any]) -> str:
    """Returns, in words, the bays of a group now, and its day so far."""
    now = ", ".join(f"{group[state]} {state}" for state in ("free", "occupied", "unknown") if group[state])
    words = ngettext("{count} bay: {now}", "{count} bays: {now}", group["bays"]).format(count=group["bays"], now=now)
    today = group["today"]
    if today is None:
        return words + _("; today: not known before the clock is set")
    words += _("; today: turnover {turnover:.1f}").format(turnover=today["turnover"])
    if today["occupied_percent"] is not None:
        words += _(", {percent:g} % occupied").format(percent=today["occupied_percent"])
    if today["stays"]:
        stays = _(", stays {mean} on average, 9 of 10 within {p90}")
        words += stays.format(mean=span(today["mean_stay_s"]), p90=span(today["p90_stay_s"]))
    return words
