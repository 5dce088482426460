"""The daemon's side of a camera: runs the camera process and turns its lines into readings. No numpy, no OpenCV."""

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import structs

from drivers import extras
from drivers.base import Emit, Reading, Stay
from drivers.camera import zone_weights
from drivers.camera.access import Access, read_access
from drivers.camera.ipc import LINE_LIMIT, Alive, Fault, Job, Message, NoMessage, Standing, StaySeen, line, read_message
from drivers.camera.models import is_own
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.camera.process import CameraProcess, start_of_service
from drivers.camera.told_condition import ToldCondition
from drivers.errors import BadAnswer, CredentialsError, DeviceError, NoAnswer
from drivers.printable import printable
from drivers.translation import _

log = logging.getLogger(__name__)

SILENCE_S = 30.0
"""The process speaks every 5 s; to start, and to open an RTSP stream, may take it longer."""

AHEAD_S = 86_400.0
"""A time that lies further ahead is wrong: the processes of a box share one clock."""

STAY_RESUMED = "stay_goes_on"
"""The quantity in which a zone tells the stay of a vehicle that stood there before, and has not come just now."""

STAY_SEEN = "still_standing"
"""The quantity in which a zone tells the key of a stay that goes on, when its vehicle was seen last."""

SEES = "sees"
"""The quantity in which a camera tells at once whether it sees well: what counts must know it, and nobody else."""

MOST_STANDING = 64
"""More vehicles than this do not fit into one zone."""


MOST_WORD = 64
"""Characters of what a vehicle or its stay is called: a class of a model, a number."""


class CameraDriver:
    """A Driver: stays in the zones of one camera, and how the camera is.

    Emits `Reading(zone, "stay", Stay, at_s)` when a stay has begun and when it has ended, the same as STAY_RESUMED when
    a new process has seen the vehicle of one that stood before, and
    `Reading(name, "condition", word, at_s, detail=...)` when that changes ("ok", "dark", "blocked", "blurred", "moved",
    "frozen", "damaged", "no_picture"), as it may be told, and `Reading(name, SEES, ...)` as it is.

    Args:
        name: of the camera in the configuration.
        zones: name -> shape, of the zones that name this camera.
        models_dir: where the checked weights lie.
        python: the interpreter that has the vision extra, where the process is a child.
        silence_s: without a line for so long the process is taken for hung.
        period: gives the number of the period of counts that runs, while these alone may leave the pole: how much there
            was to look at is not told then, nor when the condition has changed. None: single vehicles may be told.
    """

    def __init__(
        self,
        name: str,
        options: CameraOptions,
        zones: Mapping[str, ZoneShape],
        models_dir: Path,
        *,
        python: str = sys.executable,
        silence_s: float = SILENCE_S,
        period: Callable[[], int | None] = lambda: None,
    ) -> None:
        self.name = name
        self.alive: Alive | None = None
        self._options = options
        self._zones = {zone: ZoneShape(camera=shape.camera, polygon=shape.polygon) for zone, shape in zones.items()}
        self._models_dir = models_dir
        self._python, self._begin = python, start_of_service(python)
        self._silence_s, self._period = silence_s, period
        self._told = ToldCondition(period)
        self._standing: dict[tuple[str, str], Standing] = {}
        self._from_before: set[tuple[str, str]] = set()
        self._began_s = 0.0
        self._process: CameraProcess | None = None
        self._model_is_own, self._zone_model = False, ""

    @property
    def pid(self) -> int | None:
        """The process id of the camera process; None: it does not run, or another user's."""
        return self._process.pid if self._process else None

    @property
    def heard_s(self) -> float | None:
        """Returns when the process spoke last of itself, monotonic seconds; None: not since its start."""
        return None if self.alive is None else self.alive.at_s

    @property
    def sees(self) -> bool:
        """Whether it is known to see well."""
        return self.alive is not None and self._process is not None and self.alive.condition == "ok"

    @property
    def figures(self) -> dict[str, bool | float | str]:
        """What the process said last of itself; nothing while it does not run."""
        if self.alive is None or self._process is None:
            return {}
        now = self.alive
        told: dict[str, bool | float | str] = {
            "model": self._options.model,
            "model_is_own": self._model_is_own,
            "zone_model": self._zone_model if not now.without_zone_model else "",
            "condition": self._told.word,
            "detail": self._told.detail,
            "damaged_pictures": now.damaged,
            "without_zone_model": now.without_zone_model,
        }
        return told | _work(now) if self._period() is None else told

    async def run(self, emit: Emit) -> None:
        """Runs the camera process until cancelled.

        Raises:
            DeviceError: the process ended; in its own words where it had any.
            NoAnswer: it has said nothing for `silence_s`.
            BadAnswer: it said something that is no message.
        """
        self._began_s, self._from_before = time.monotonic(), set(self._standing)
        self._process = process = await self._start()
        self.alive = None
        try:
            while True:
                await self._take(await self._hear(process), emit)
        finally:
            self._process = None
            await process.end()

    async def _start(self) -> CameraProcess:
        if self._python == sys.executable and (lacking := extras.missing(extras.VISION)):
            what = _("Python lacks {modules}").format(modules=", ".join(lacking))
            raise DeviceError(self.name, what, extras.remedy("vision"))
        self._model_is_own = is_own(self._models_dir, self._options.model)
        self._zone_model = zone_weights.name() if self._options.zone_model == "auto" else ""
        access = await self._access()
        job = Job(self.name, self._options, self._zones, str(self._models_dir), tuple(self._standing.values()), access)
        try:
            return await self._begin(line(job))
        except OSError as error:
            raise DeviceError(
                self.name, _("the camera process cannot be started: {reason}").format(reason=error.strerror or error)
            ) from error

    async def _access(self) -> Access:
        """What its files say now: one that was replaced is used with the next start. Raises DeviceError."""
        try:
            return await asyncio.to_thread(read_access, self.name, self._options)
        except CredentialsError as error:
            raise DeviceError(self.name, str(error)) from error

    async def _hear(self, process: CameraProcess) -> Message:
        """The next message. Raises DeviceError as `run` does."""
        try:
            async with asyncio.timeout(self._silence_s):
                text = await process.said.readline()
        except TimeoutError as error:
            what = _("the camera process has been silent for {silence_s:g} s").format(silence_s=self._silence_s)
            raise NoAnswer(self.name, what) from error
        except ConnectionError:
            text = b""  # it has ended with its job, or what it was told since, unread
        except ValueError as error:
            what = _("the camera process said a line of more than {most} bytes").format(most=LINE_LIMIT)
            raise BadAnswer(self.name, what) from error
        if not text.endswith(b"\n"):
            what = _("the camera process {ended}").format(ended=await process.how_it_ended())
            raise DeviceError(self.name, what, _("its log has more"))
        try:
            return read_message(text)
        except NoMessage as error:
            # Without the line itself, which may tell of a single stay.
            what = _("the camera process said {count} bytes that are no message: {reason}")
            raise BadAnswer(self.name, what.format(count=len(text), reason=error)) from None

    async def _take(self, message: Message, emit: Emit) -> None:
        self._check(message)
        match message:
            case Fault(what, hint):
                raise DeviceError(self.name, what, hint)
            case Alive():
                await self._take_alive(message, emit)
            case Standing():
                await self._take_standing(message, emit)
            case StaySeen():
                await self._take_stay(message, emit)

    def _check(self, message: Message) -> None:
        """Raises BadAnswer for a zone that the process was not given, for times that nobody can have seen, and for
        words that are none."""
        zones, times_s = _zones_and_times(message)
        if strange := [zone for zone in zones if zone not in self._zones]:
            raise BadAnswer(
                self.name,
                _("the camera process speaks of a zone {zone!r} that it was not given").format(zone=strange[0]),
            )
        latest_s = time.monotonic() + AHEAD_S
        if strange_s := [at_s for at_s in times_s if not 0 <= at_s <= latest_s]:
            raise BadAnswer(
                self.name,
                _("the camera process speaks of a time {at_s:g} s that has not come").format(at_s=strange_s[0]),
            )
        if strange := [word for word in _words(message) if len(word) > MOST_WORD or not word.isprintable()]:
            what = _("the camera process calls a vehicle or its stay {word!r}").format(word=strange[0][:MOST_WORD])
            raise BadAnswer(self.name, what)

    async def _take_alive(self, now: Alive, emit: Emit) -> None:
        without = printable(now.without_zone_model)
        now = structs.replace(
            now, detail=printable(now.detail), slowed=printable(now.slowed), without_zone_model=without
        )
        before, self.alive = self.alive, now
        if before is not None and before.period_s != now.period_s and self._period() is None:
            because = f": {now.slowed}" if now.slowed else ""
            log.warning("%s is looked at every %g s%s", self.name, now.period_s, because)
        changed, told = self._told.hear(now.condition, now.detail), self._told
        if changed:
            _log_condition(self.name, told.word, told.detail)
        if before is None or changed:
            await emit(Reading(self.name, "condition", told.word, now.at_s, detail=told.detail))
        sees = now.condition == "ok"
        if before is None or (before.condition == "ok") != sees:
            await emit(Reading(self.name, SEES, sees, now.at_s))

    async def _take_standing(self, seen: Standing, emit: Emit) -> None:
        """A vehicle that still stands: whoever judges it must know until when it was seen.

        Who listens forgot the stay when the last process ended; it goes on once this one has seen the vehicle.
        """
        key = seen.zone, seen.stay.key
        known = key in self._standing
        self._remember(seen)
        if key not in self._from_before:
            if known:
                await emit(Reading(seen.zone, STAY_SEEN, seen.stay.key, seen.seen_s))
        elif seen.seen_s > self._began_s:
            self._from_before.remove(key)
            await emit(Reading(seen.zone, STAY_RESUMED, seen.stay, seen.seen_s))

    async def _take_stay(self, seen: StaySeen, emit: Emit) -> None:
        if seen.standing:
            self._remember(seen.standing)
        if seen.stay.left_s is not None:
            self._standing.pop((seen.zone, seen.stay.key), None)
        await emit(Reading(seen.zone, "stay", seen.stay, seen.at_s))

    def _remember(self, seen: Standing) -> None:
        """The vehicle stands there; of more than fit into a zone the one is forgotten that was not seen for longest."""
        self._standing.pop((seen.zone, seen.stay.key), None)
        self._standing[seen.zone, seen.stay.key] = seen
        of_zone = [key for key in self._standing if key[0] == seen.zone]
        for key in of_zone[:-MOST_STANDING]:
            del self._standing[key]
            self._from_before.discard(key)


def _zones_and_times(message: Message) -> tuple[list[str], list[float]]:
    """Returns the zones that a message names, and the times in it, monotonic seconds."""
    match message:
        case Fault():
            return [], []
        case Alive():
            return [], [message.at_s]
        case Standing():
            return [message.zone], [message.seen_s, *_times(message.stay)]
    more_zones, more_s = _zones_and_times(message.standing) if message.standing else ([], [])
    return [message.zone, *more_zones], [message.at_s, *_times(message.stay), *more_s]


def _words(message: Message) -> list[str]:
    """Returns what a message calls vehicles and their stays."""
    match message:
        case Standing():
            return [message.stay.key, message.stay.vehicle]
        case StaySeen():
            return [message.stay.key, message.stay.vehicle, *(_words(message.standing) if message.standing else ())]
    return []


def _work(now: Alive) -> dict[str, bool | float | str]:
    """How much there was to look at, and by what the pace was set: a street in which nothing happens asks for less."""
    return {
        "looks": now.analysed,
        "look_every_s": now.period_s,
        "dropped_pictures": now.dropped,
        "detector_runs": now.inferences,
        "detector_ms": now.detector_ms,
        "zone_model_runs": now.zone_model_runs,
        "key_frames_only": now.keys_only,
        "slowed": now.slowed,
    }


def _times(stay: Stay) -> list[float]:
    return [each for each in (stay.entered_s, stay.left_s, stay.charged_s) if each is not None]


def _log_condition(name: str, word: str, detail: str) -> None:
    if word == "ok":
        log.info("%s sees well again", name)
    else:
        log.warning("%s: %s", name, word + (f": {detail}" if detail else ""))
