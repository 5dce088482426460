"""Each device asked once: by the daemon where it holds the line, else by ourselves."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from agent.cli.asking import Asking, defect_words
from agent.cli.beside import Daemon
from agent.cli.probe.answer import Answer
from agent.clock import SystemClock
from agent.configuration import Config
from agent.console_client import OtherVersion, read
from agent.defect import Defect, awaited
from agent.diagnostics.values import Asked, values
from agent.trades.base import Trade
from agent.trades.probing import ProbeContext, first_reading
from drivers.errors import DeviceError
from drivers.line import Line
from drivers.lorawan import Network
from drivers.mapped import LineDevice
from drivers.modbus import Master
from drivers.translation import _

Tell = Callable[[int, int, str], None]
"""How many devices were asked of how many, and which one is next."""


async def devices(config: Config, trades: Sequence[Trade], daemon: Daemon | None, tell: Tell) -> list[Answer]:
    """One answer for each; those of different lines are asked at the same time.

    What hangs on a line is asked by its profile, a network whether its broker is there; each trade asks the rest, but
    for what the daemon holds: that one tells how it is.
    """
    held = daemon.lines if daemon else frozenset()
    async with AsyncExitStack() as opened:
        masters = {
            name: Master(await opened.enter_async_context(Line(name, options)))
            for name, options in config.line.items()
            if name not in held
        }
        context = ProbeContext(config, masters, _networks(config))
        free = [_of_line(context, line, each) for line, each in _on_lines(config) if line not in held]
        asked = [_ask(name, asking) for name, asking in free]
        asked += [_ask(name, _network(each)) for name, each in context.networks.items()]
        defects = Asking()
        for trade in trades:
            of_trade = defects.ask(trade, partial(trade.probe, context)) or {}
            asked += [_of_trade(name, asking, daemon) for name, asking in of_trade.items()]
        behind = [(line, each) for line, each in _on_lines(config) if line in held]
        if daemon is not None:
            asked.append(_by_daemon(daemon, behind, tell))
        told = [answer for answers in await asyncio.gather(*asked) for answer in answers]
        told = _without_ambiguous(told, masters, _on_lines(config))
        heard = dict(daemon.heard) if daemon else {}
        heard |= {name: [each.as_json for each in master.line.told()] for name, master in masters.items()}
        told += heard_answers(heard)
        return told + [Answer(trade, False, words) for trade, words in defects.defects.items()]


def heard_answers(heard: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Answer]:
    """What was heard on each line beside the answers."""
    return [
        Answer(_("line {line}").format(line=line), each["harmless"], f"{each['what']}, {each['words']}")
        for line, told in heard.items()
        for each in told
    ]


def _without_ambiguous(
    told: Sequence[Answer], masters: Mapping[str, Master], on_lines: Iterable[tuple[str, Asked]]
) -> list[Answer]:
    """What one device said before it was found that another one may have said it is no value either."""
    why = {
        asked.name: heard.name
        for line, asked in on_lines
        for heard in (masters[line].line.told() if line in masters else ())
        if heard.is_ambiguous(asked.unit)
    }
    return [
        Answer(each.name, False, f"{each.text} ({why[each.name]})") if each.answered and each.name in why else each
        for each in told
    ]


def _networks(config: Config) -> dict[str, Network]:
    clock = SystemClock(config.pole.clock)
    return {
        name: Network(name, options, earliest_s=lambda: clock.now().earliest_s)
        for name, options in config.lorawan.items()
    }


def _on_lines(config: Config) -> Iterator[tuple[str, Asked]]:
    """Line and device."""
    for _table, name, device in config.members():
        if isinstance(device, LineDevice):
            yield device.line, Asked(name, device.unit, device.profile, device.parameters)


def _of_line(context: ProbeContext, line: str, asked: Asked) -> tuple[str, Coroutine[Any, Any, str]]:
    return asked.name, values(asked, context.masters[line], context.profiles_dir)


async def _ask(name: str, asking: Awaitable[str]) -> list[Answer]:
    said = await awaited(_answer(name, asking), name)
    return [Answer(name, False, defect_words(said)) if isinstance(said, Defect) else said]


async def _answer(name: str, asking: Awaitable[str]) -> Answer:
    try:
        return Answer(name, True, await asking)
    except DeviceError as error:
        return Answer(name, False, error.words)


async def _network(network: Network) -> str:
    """Raises DeviceError."""
    await first_reading(network)
    return _("its broker answers; the sensors speak by themselves")


async def _of_trade(name: str, asking: Awaitable[str], daemon: Daemon | None) -> list[Answer]:
    """What has an owner is not opened a second time."""
    how = daemon.devices.get(name) if daemon else None
    if how is None:
        return await _ask(name, asking)
    if isinstance(asking, Coroutine):
        asking.close()
    state, reason = how["state"], how.get("reason")
    said = _("{state}, says the daemon, which holds it").format(state=state)
    return [Answer(name, state not in {"down", "stale"}, f"{said}: {reason}" if reason else said)]


async def _by_daemon(daemon: Daemon, behind: Sequence[tuple[str, Asked]], tell: Tell) -> list[Answer]:
    """One after the other: it asks for one at a time, in the turns that its own polls leave free."""
    answers = []
    for number, (line, asked) in enumerate(behind):
        tell(number, len(behind), _("the daemon asks {name}").format(name=asked.name))
        answers += await _told(asked.name, partial(daemon.probe, line, asked))
    return answers


async def _told(name: str, ask: Callable[[], Awaitable[dict[str, Any]]]) -> list[Answer]:
    try:
        answer = await ask()
    except OSError as error:
        hung_up = _("the daemon has hung up: {reason}").format(reason=error.strerror or error)
        return [Answer(name, False, hung_up)]
    try:
        with read(answer):
            if "answered" in answer:
                return [Answer(name, answer["answered"], answer["text"])]
    except OtherVersion as error:
        return [Answer(name, False, str(error))]
    too_old = _("the daemon holds its line and cannot ask for us; stop it first: {command}")
    return [Answer(name, False, answer.get("refused") or too_old.format(command="systemctl stop lamppost"))]
