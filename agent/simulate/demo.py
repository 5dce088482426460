"""`lamppost demo`: a whole pole, its street and the city's broker, on this machine and on nothing else."""

import asyncio
import importlib.util
import logging
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from agent.configuration import load
from agent.simulate import child, pole
from drivers.files import replace_file
from drivers.translation import _

NEEDED = {"demo": (("amqtt",), ("rich",)), "vision": (("cv2",), ("numpy",), ("ai_edge_litert", "tflite_runtime"))}
"""Extra -> the packages it brings; one of each group is enough."""


Scene = Literal["air", "weather"]


class _Shown(NamedTuple):
    seconds: float | None
    jsonl: bool
    picture: Path | None


async def run(seconds: float | None, jsonl: bool, picture: Path | None = None, scene: Scene | None = None) -> int:
    """Play the street; 0: to its end, 1: not, and why is on standard error.

    Args:
        seconds: how long; None: until Ctrl-C.
        jsonl: print each event on a line of its own, as the broker delivers it, in place of the table.
        picture: SVG of the table, saved at the end.
        scene: None: the street.
    """
    ending = Ending()
    code = 0
    try:
        with ending:
            await _played(_Shown(seconds, jsonl, picture), scene, ending)
    except* (child.ChildError, OSError) as errors:
        sys.stderr.writelines(f"{error}\n" for error in _leaves(errors))
        code = 1
    return code


async def _played(shown: _Shown, scene: Scene | None, ending: "Ending") -> None:
    _complete(("demo", "vision") if scene is None else ("demo",))
    with TemporaryDirectory(prefix="lamppost-demo-") as folder, _logging(Path(folder) / "lamppost.log", shown.jsonl):
        await (_street(Path(folder), shown, ending) if scene is None else _station(scene, Path(folder), shown, ending))


class Ending:
    """The first SIGINT or SIGTERM: it cancels the start, and from `playing()` on it sets an event instead. A second one
    ends this process as it would any other.

    Within it, what was cancelled by a signal ends without a word.
    """

    def __init__(self) -> None:
        self._stop, self._starting = asyncio.Event(), asyncio.current_task()
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._end)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self._forget()
        return self._stop.is_set() and kind is not None and issubclass(kind, asyncio.CancelledError)

    def playing(self) -> asyncio.Event:
        """Sets this event from now on, and cancels nothing."""
        self._starting = None
        return self._stop

    def _end(self) -> None:
        self._stop.set()
        self._forget()
        if self._starting is not None:
            self._starting.cancel()

    def _forget(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.remove_signal_handler(number)


def _leaves(error: BaseException) -> Iterable[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for inner in error.exceptions for leaf in _leaves(inner)]


def _complete(extras: tuple[str, ...]) -> None:
    """Raises ChildError when what these extras bring is not installed."""

    def there(names: tuple[str, ...]) -> bool:
        return any(importlib.util.find_spec(name) for name in names)

    if lacking := [extra for extra in extras if not all(map(there, NEEDED[extra]))]:
        what = _("the demo needs more than the daemon: {command}")
        raise child.ChildError(what.format(command=f"pip install 'lamppost[{','.join(lacking)}]'"))


@contextmanager
def _logging(file: Path, jsonl: bool) -> Iterator[None]:
    """Directs the log. Beside lines of events, warnings go to standard error; beside a table, which they would run
    across, the log goes to `file`.

    The camera process inherits standard error, so it is the descriptor itself that is turned to `file`.
    """
    root, level = logging.getLogger(), logging.getLogger().level
    if jsonl:
        root.setLevel(max(level, logging.WARNING) if level != logging.DEBUG else level)
        yield
        root.setLevel(level)
        return
    terminal = os.dup(2)
    with file.open("wb") as log:
        os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(terminal, 2)
        os.close(terminal)


async def _station(scene: Scene, folder: Path, shown: _Shown, ending: Ending) -> None:
    """One of the poles of config/samples, with its devices."""
    from agent.simulate import scene as scenes
    from agent.simulate.play import Play

    async with child.station(scene, folder / "station.log") as places:
        file, text = folder / "lamppost.toml", scenes.configuration(scene, places, folder)
        scenes.warm(text, folder)
        replace_file(file, text.encode())
        play = Play(load(file), places.broker_port, shown.jsonl, ending.playing(), scenes.clock(scene))
        await play.run(shown.seconds, shown.picture)


async def _street(folder: Path, shown: _Shown, ending: Ending) -> None:
    from agent.simulate import screen
    from agent.simulate.play import Play

    clip = folder / pole.CLIP
    with nullcontext() if shown.jsonl else screen.busy(_("drawing the street that the camera sees")):
        await child.draw_clip(clip, folder / "clip.log")
    async with child.street(folder / "street.log") as addresses:
        file = folder / "lamppost.toml"
        text = pole.configuration(addresses, folder, pole.models_dir(), date.today())
        replace_file(file, text.encode())
        play = Play(load(file), addresses.broker_port, shown.jsonl, ending.playing())
        await play.run(shown.seconds, shown.picture)
