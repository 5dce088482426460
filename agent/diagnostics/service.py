"""The daemon asks for a technician: it has the lines, and asks in the turns that its own polls leave free."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from pathlib import Path

from agent.config.schema import Config
from agent.console import Answer, Ask, Stream
from agent.diagnostics.search import Found, Looking, asked_of, look, so_far
from agent.diagnostics.values import Asked, values
from agent.diagnostics.wanted import SERIAL_TIMEOUT_S
from drivers import profile
from drivers.errors import DeviceError, LineError
from drivers.line import SerialLine
from drivers.modbus import Master
from drivers.profile import Profile, ProfileError
from drivers.translation import _


class Diagnostics:
    """Answers `scan` and `probe`: one of them at a time, each ended where its listener hangs up.

    Args:
        config: the one in force, when it has become another as well.
        masters: of each line that could be opened.
    """

    def __init__(self, config: Config, masters: Mapping[str, Master]) -> None:
        self.config, self._masters = config, masters
        self._busy_with = ""

    @property
    def streams(self) -> Mapping[str, Stream]:
        return {"scan": self.scan, "probe": self.probe}

    async def scan(self, ask: Ask) -> AsyncGenerator[Answer, None]:
        """Yields {"found": ...} for each unit of `ask.units` that answers on `ask.line`, and {"progress": ...} before
        each question."""
        if (refused := self._refused(ask)) is not None:
            yield refused
            return
        self._busy_with = _("a scan of line {line}").format(line=ask.line)
        try:
            async with contextlib.aclosing(self._scan(ask, self._spare(ask.line))) as answers:
                async for answer in answers:
                    yield answer
        finally:
            self._busy_with = ""

    async def probe(self, ask: Ask) -> AsyncGenerator[Answer, None]:
        """What the device at `ask.units[0]` of `ask.line` says, by `ask.profile`: one answer."""
        if (refused := self._refused(ask)) is not None:
            yield refused
            return
        self._busy_with = _("a probe of line {line}").format(line=ask.line)
        try:
            asked = Asked(ask.device, ask.units[0], ask.profile, ask.parameters)
            text = await values(asked, self._spare(ask.line), self._profiles_dir)
            yield {"answered": True, "text": text}
        except DeviceError as error:
            yield {"answered": False, "text": error.words}
        except ProfileError as error:
            yield {"answered": False, "text": str(error)}
        finally:
            self._busy_with = ""

    @property
    def _profiles_dir(self) -> Path:
        return Path(self.config.pole.profiles_dir)

    def _refused(self, ask: Ask) -> Answer | None:
        """Why it is not done; None: it is."""
        if ask.line not in self._masters:
            return {"refused": _("the daemon has no line {line}").format(line=ask.line)}
        if not ask.units:
            return {"refused": _("no unit was named")}
        if foreign := set(ask.units) - self._masters[ask.line].line.units:
            return {"refused": _("line {line} has no unit {unit}").format(line=ask.line, unit=min(foreign))}
        if self._busy_with:
            words = _("{what} is running; try again when it has ended")
            return {"refused": words.format(what=self._busy_with)}
        return None

    def _spare(self, line: str) -> Master:
        return Master(self._masters[line].line, spare=True)

    async def _scan(self, ask: Ask, master: Master) -> AsyncGenerator[Answer, None]:
        options, found = self.config.line[ask.line], 0
        usual_s = SERIAL_TIMEOUT_S if isinstance(options, SerialLine) else options.timeout_s
        profiles = await asyncio.to_thread(self._profiles)
        asked = asked_of(ask.units, profiles)
        total = len(asked) * len(ask.units)
        for done, unit in zip(range(0, total, len(asked)), ask.units, strict=True):
            looking = Looking(partial(look, master, options, unit, profiles, asked))
            try:
                with master.line.looking_for(unit, ask.timeout_s or usual_s):
                    async with contextlib.aclosing(looking.steps()) as steps:
                        async for count in steps:
                            yield {"progress": [done + count, total, so_far(unit, found)]}
            except LineError as error:
                yield {"refused": error.words}
                return
            if looking.found is not None:
                found += 1
                yield {"found": _told(looking.found)}
            yield {"progress": [done + len(asked), total, so_far(unit, found)]}
        yield {"ended": True, "heard": [told.as_json for told in master.line.told()]}

    def _profiles(self) -> list[Profile]:
        """All that can be read."""
        found = []
        for name in profile.names(self._profiles_dir):
            try:
                found.append(profile.load(name, self._profiles_dir))
            except ProfileError:
                continue  # told by the check of the device that names it
        return found


def _told(one: Found) -> Answer:
    names = [each.name for each in one.profiles]
    return {"unit": one.unit, "garbled": one.garbled, "is_noise": one.is_noise, "profiles": names}
