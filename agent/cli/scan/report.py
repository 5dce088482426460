"""What a scan found: the table, and what to paste into the configuration."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.cli.check.layout import section
from agent.configuration import Config
from agent.diagnostics.search import Found, where
from agent.trades.base import kinds
from agent.trades.registry import TRADES
from drivers import profile
from drivers.line import LineOptions, SerialLine
from drivers.mapped import LineDevice
from drivers.translation import _

EVERYBODY = 8
"""The number of units that were asked of which, if all answer, one device answers to any number."""

NOISY = 2
"""The number of garbled units that make a noisy line, if most of those that were asked are garbled."""


def report(
    config: Config, line: str, found: Sequence[Found], asked: int, heard: Sequence[Mapping[str, Any]] = ()
) -> Iterator[str]:
    """What was heard beside the answers, the table, and what to paste into the configuration."""
    newest = {one["what"]: one["words"] for one in heard}
    for what, said in newest.items():
        yield _("line {line}: {said}").format(line=line, said=f"{what}, {said}")
    noise = [one for one in found if one.is_noise]
    if len(noise) >= NOISY and 2 * len(noise) > asked:
        words = _("line {line}: noise in place of an answer of {count} of the {asked} units that were asked: {said}")
        yield words.format(line=line, count=len(noise), asked=asked, said=noise[0].garbled)
        found = [one for one in found if not one.is_noise]
    if not found:
        words = _("nobody answers on line {line}: check power, wiring A/B, baud and parity ({option} tries the others)")
        yield words.format(line=line, option="--all-bauds")
        return
    yield from section(f"LINE {line}", [_row(config, line, one) for one in found])
    if asked >= EVERYBODY and len({one.unit for one in found}) == asked:
        yield ""
        yield _("Every unit number was answered: the gateway speaks for itself. Give the one in its own settings.")
    new = [one for one in found if not one.garbled and not _devices(config, line, one.unit)]
    for setting in dict.fromkeys(map(_setting, (one.options for one in new))):
        if setting != _setting(config.line[line]):
            yield from ("", *_line_stanza(line, setting))
        for one in new:
            if _setting(one.options) == setting:
                yield from ("", *_stanza(line, one))


def _row(config: Config, line: str, one: Found) -> tuple[str, str, str, str]:
    configured = _devices(config, line, one.unit)
    fitting = _(", or ").join(each.name for each in one.profiles)
    said = one.garbled or fitting or _("answers; no known profile fits")
    if not one.garbled:
        said = "; ".join((said, *_agreement(config, one, dict.fromkeys(configured.values()))))
    names = ", ".join(configured) or _("not configured")
    return _("unit {unit}").format(unit=one.unit), where(one.options).removeprefix(", "), names, said


def _agreement(config: Config, one: Found, configured: Iterable[str]) -> Iterator[str]:
    """Whether what answers is what the configuration says of that unit, for each profile that it names."""
    for name in configured:
        if name in {each.name for each in one.profiles}:
            yield _('as configured: profile "{name}"').format(name=name)
        elif _is_told_apart(config, name):
            yield _('NOT as configured: its answers are not those of profile "{name}"').format(name=name)
        else:
            yield _('configured as profile "{name}", which has no probe: not compared').format(name=name)


def _is_told_apart(config: Config, name: str) -> bool:
    """Whether a device of that profile is known by its answers."""
    try:
        return bool(profile.load(name, Path(config.pole.profiles_dir)).tables.probe)
    except profile.ProfileError:
        return False


def _devices(config: Config, line: str, unit: int) -> dict[str, str]:
    """The devices that are configured there, with their profiles."""
    devices = ((name, each) for _, name, each in config.members() if isinstance(each, LineDevice))
    return {name: device.profile for name, device in devices if (device.line, device.unit) == (line, unit)}


def _setting(options: LineOptions) -> tuple[int, str, int] | None:
    return (options.baud, options.parity, options.stop_bits) if isinstance(options, SerialLine) else None


def _line_stanza(line: str, setting: tuple[int, str, int] | None) -> Iterator[str]:
    if setting is not None:
        baud, parity, stop_bits = setting
        words = _("what answers, answers with these; all devices of a line must share them")
        yield f"[line.{line}]  # {words}"
        yield from (f"baud = {baud}", f'parity = "{parity}"', f"stop_bits = {stop_bits}")


def _stanza(line: str, one: Found) -> Iterator[str]:
    if not one.profiles:
        words = _("unit {unit}: no known profile fits; docs/adding-a-device.md tells how to write one")
        yield f"# {words.format(unit=one.unit)}"
        return
    best, others = one.profiles[0], ", ".join(each.name for each in one.profiles[1:])
    kind, keys = next(filter(None, (kinds(trade).stanza(best) for trade in TRADES)))
    more = _("; or {names}").format(names=others) if others else ""
    yield f"[{kind}.unit-{one.unit}]  # {best.description}{more}"
    yield from (f'{key} = "{value}"' for key, value in keys.items())
    yield from (f'line = "{line}"', f"unit = {one.unit}", f'profile = "{best.name}"')
    for name, (low, high) in best.parameters.items():
        words = _("{low} to {high}; one [{kind}.NAME] for each").format(low=low, high=high, kind=kind)
        yield f"{name} = {low}  # {words}"
