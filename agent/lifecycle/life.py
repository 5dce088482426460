"""One life of a configuration: read anew, or set from afar and confirmed or taken back; kept when it has run well."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, structs

from agent.config.problems import ConfigError
from agent.configuration import merge
from agent.configuration.in_force import InForce, Problem, problem_of
from agent.configuration.layered import Found
from agent.configuration.remote import Kept, Layer
from agent.configuration.shown import as_file, without_passwords
from agent.configuration.sources import Sources
from agent.configuration.wanted import Wanted
from agent.events.configuration import ConfigurationChanged, ConfigurationOutcome
from agent.isolation import Isolation
from agent.lifecycle import led
from agent.lifecycle.afar import FromAfar, Refused
from agent.lifecycle.pole import Pole, Reached, again
from agent.lifecycle.watch import Watch
from agent.reload import NotApplied
from drivers.translation import _

log = logging.getLogger(__name__)

TEXT = 500
"""Characters of a text that the city is told at most."""


class Timings(Struct, frozen=True):
    """Durations of a life.

    Args:
        confirm_s: the broker must be reached within that time by what came from afar.
        look_s: how often it is looked whether it was, and whether every part works.
    """

    confirm_s: float = 300.0
    look_s: float = 1.0


class Trial(Struct, frozen=True):
    """Something from afar waits for its confirmation.

    Args:
        before: what is gone back to.
        reached: brokers that had been reached when it was applied.
        until_s: monotonic seconds.
    """

    before: Found
    reached: Reached
    until_s: float


class Life:
    """
    Args:
        found: by which the pole was started.
        led_root: where the kernel shows its LEDs.
        now_s: monotonic seconds.
    """

    def __init__(
        self,
        pole: Pole,
        sources: Sources,
        found: Found,
        isolation: Isolation,
        *,
        timings: Timings = Timings(),  # noqa: B008 - frozen
        led_root: Path = led.ROOT,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pole, self._sources, self._found = pole, sources, found
        self._timings, self._led_root, self._now_s = timings, led_root, now_s
        self._afar, self._watch = FromAfar(pole, sources), Watch(pole, sources, isolation, now_s)
        self._turn = asyncio.Lock()
        self._trial: Trial | None = None

    @property
    def in_force(self) -> InForce:
        return self._pole.in_force

    async def run(self) -> None:
        """Tells what was found at the start, keeps what runs well, and judges what came from afar, until cancelled."""
        _show_led(self._pole, self._led_root)
        await self._tell_start()
        if self._trial is None:
            await self._watch.keep(self._found.in_force, healthy=False)
        while True:
            await asyncio.sleep(self._timings.look_s)
            await self._judge_trial()
            if self._watch.runs_well() and self._trial is None:
                await self._watch.keep(self._found.in_force, healthy=True)

    async def reload(self) -> None:
        """Read the file anew, and apply what is different. What is wrong is told, and the old one goes on."""
        async with self._turn:
            try:
                # Apart from the event loop: no device shall wait for it.
                found = await asyncio.to_thread(self._sources.load, self._afar.layer(on_trial=self._trial is not None))
                is_another = await self._apply(found)
            except ConfigError as error:
                log.error("the configuration is wrong, and the old one goes on:\n%s", error)
                await self._narrow()
                await self._refuse(problem_of(error))
            except NotApplied as error:
                log.error("the configuration is not applied, and the old one goes on: %s", error)
                await self._refuse(Problem(str(self._sources.file), None, str(error)))
            else:
                if is_another:
                    found.tell()
                    await self._tell("applied")
                self._afar.forget_superseded(found)

    async def set(self, wanted: Wanted, id: str, *, is_signed: bool = False) -> dict[str, Any]:
        """Apply what came from afar; it is taken back by itself unless the broker is reached by it.

        Args:
            id: of the command.
            is_signed: by the key that the file names: without it nothing changes whom the pole trusts.

        Raises Refused; Untrusted for such a change.
        """
        if self._turn.locked() or self._trial is not None:
            raise Refused(_("another configuration is being applied, or waits for its confirmation; try again later"))
        async with self._turn:
            before = structs.replace(self._found, in_force=self.in_force)
            kept, reached = Kept(self._afar.layer(on_trial=False)), self._pole.reached
            # Lamps and bays do not wait for it, whatever it costs to read what was sent.
            found = await asyncio.to_thread(self._afar.set, kept.layer, wanted, id, is_signed=is_signed)
            changes = (found.config, found.in_force) != (self._pole.config, self.in_force)
            try:
                await self._apply(found, reconnect=changes)
            except NotApplied as error:
                self._afar.try_to_keep(kept)
                raise Refused(str(error)) from error
            if changes:
                found.tell()
                self._trial = Trial(before, reached, self._now_s() + self._timings.confirm_s)
                await self._tell("applied")
            else:
                # No broker has to be reached by what runs already.
                self._afar.try_to_keep(Kept(self._afar.kept().layer))
        within_s = self._timings.confirm_s if changes else None
        return {**self.described(), "lost": self._pole.lost, "confirm_within_s": within_s}

    def asks_signature(self, uplink: str | None) -> bool:
        """Whether an order to the pole itself that came by this uplink was signed, else it was not let in."""
        options = None if uplink is None else self._pole.config.uplink.get(uplink)
        return options is not None and options.command_key is not None

    def described(self) -> dict[str, Any]:
        """What is in force, JSON-able."""
        return {**msgspec.to_builtins(self.in_force), "waits_for_confirmation": self._trial is not None}

    def shown(self) -> dict[str, Any]:
        """The configuration in force as a file would say it, without passwords of addresses; JSON-able."""
        if self.in_force.source != "last_good":
            try:
                layer = self._afar.layer(on_trial=self._trial is not None)
                return without_passwords(merge.plain(self._sources.layered.values(layer)))
            except ConfigError as error:
                log.info("the file cannot be shown, and what runs is: %s", error)
        return without_passwords(as_file(self._pole.config))

    async def _judge_trial(self) -> None:
        """What came from afar is confirmed when the broker is reached by it, or taken back."""
        trial = self._trial
        if trial is None:
            return
        async with self._turn:
            if again(trial.reached, self._pole.reached):
                self._trial = None
                self._afar.try_to_keep(Kept(self._afar.kept().layer))
                self._watch.begin()
                await self._tell("confirmed")
            elif self._now_s() >= trial.until_s:
                await self._take_back(trial)

    async def _take_back(self, trial: Trial) -> None:
        self._trial, layer, before = None, self._afar.kept().before or Layer(), trial.before
        self._afar.try_to_keep(Kept(layer))
        try:
            before = self._sources.load(layer)
        except ConfigError as error:
            log.error("the file is wrong, and what ran before runs again: %s", error)
            before = structs.replace(before, config=self._sources.narrowed(before.config))
        words = _("what came from afar did not reach the broker within {seconds:.0f} s, and what ran before runs again")
        text = words.format(seconds=self._timings.confirm_s)
        try:
            await self._apply(before, reconnect=True)
        except NotApplied as error:
            text = _("what came from afar cannot be taken back before a restart: {reason}").format(reason=error)
        log.error("%s", text)
        await self._tell("rolled_back", Problem(None, None, text))

    async def _apply(self, found: Found, *, reconnect: bool = False) -> bool:
        """Returns whether anything of it is another than what runs, which then goes on as if nobody had asked."""
        if not await self._pole.apply(found.config, found.in_force, reconnect=reconnect):
            return False
        self._found = found
        self._watch.begin()
        _show_led(self._pole, self._led_root)
        return True

    async def _narrow(self) -> None:
        """A camera is not told by a typo elsewhere to watch longer than its file says."""
        config = self._sources.narrowed(self._pole.config)
        if config == self._pole.config:
            return
        try:
            await self._pole.apply(config, self.in_force)
        except NotApplied as error:
            log.error("the cameras cannot be kept to what the file says: %s", error)

    async def _refuse(self, problem: Problem) -> None:
        self._pole.find_wrong(problem)
        _show_led(self._pole, self._led_root)
        await self._tell("refused")

    async def _tell_start(self) -> None:
        in_force = self.in_force
        if self._found.rolled_back:
            text = _("what came from afar was not confirmed before the daemon ended, and what ran before runs again")
            log.error("%s", text)
            await self._tell("rolled_back", Problem(None, None, text))
        if in_force.source == "last_good":
            log.error("the configuration is wrong, and the last good one runs: %s", in_force.problem)
            await self._tell("last_good")
        elif not self._found.rolled_back and (in_force.superseded or in_force.problem):
            await self._tell("applied")
        self._afar.forget_superseded(self._found)

    async def _tell(self, outcome: ConfigurationOutcome, problem: Problem | None = None) -> None:
        await self._pole.tell(_changed(outcome, self.in_force, problem))


def _show_led(pole: Pole, root: Path) -> None:
    led.Led(pole.config.pole.led, root).show(pole.in_force.problem is None)


def _changed(outcome: ConfigurationOutcome, in_force: InForce, problem: Problem | None) -> ConfigurationChanged:
    """Returns what the city is told; what is wrong is the problem given, or that of what is in force."""
    wrong = problem or in_force.problem
    return ConfigurationChanged(
        outcome=outcome,
        source=in_force.source,
        sha256=in_force.sha256,
        file=wrong.file if wrong else None,
        line=wrong.line if wrong else None,
        text=wrong.text[:TEXT] if wrong else None,
        superseded=in_force.superseded,
    )
