"""The camera process: takes its job from stdin, says what it sees on stdout, ends when stdin is closed.

It writes no file: not by intention (the kernel refuses it any), not by accident (no core dump). What it may do at all
is narrowed before it opens its source (`jail`).
"""

import ctypes
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NoReturn

import cv2
import msgspec

from drivers.camera import jail
from drivers.camera.access import Access
from drivers.camera.analyser import Analyser
from drivers.camera.errors import CameraError, SourceError
from drivers.camera.files import FileSource
from drivers.camera.ipc import ALIVE_S, Alive, Condition, Fault, Job, Message, StaySeen, line, read_job
from drivers.camera.motion_gate import ChangeDetector
from drivers.camera.options import CameraOptions
from drivers.camera.page_release import PageRelease
from drivers.camera.picture_loss import PictureLoss
from drivers.camera.reconnecting_source import ReconnectingSource
from drivers.camera.rtsp.relay import listener
from drivers.camera.source import Frame, FrameSource, is_file
from drivers.camera.stream_url import is_stream, stream_url
from drivers.camera.throttle import FrameRateGovernor
from drivers.hardware import thermal_state
from drivers.options import without_passwords
from drivers.translation import _

PATIENCE_S = 0.5
STUCK_S = 60
"""A process that has not looked for a picture for so long is ended by the kernel; the daemon may not be able to."""

JOB_LIMIT = 1024 * 1024
PR_SET_DUMPABLE = 4
"""prctl(2); 0: no core dump even where core_pattern is a program, which RLIMIT_CORE does not stop, see core(5)."""

Say = Callable[[Message], None]


def main() -> NoReturn:
    """Exit status: 0 stdin was closed, 1 a fault was reported."""
    keep_nothing()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the daemon, which closes stdin
    say = _voice()
    sys.excepthook = _last_words(say, sys.excepthook)
    try:
        job = read_job(sys.stdin.buffer.readline(JOB_LIMIT))
        reach = _narrowed(job)
        threading.Thread(target=_end_with_stdin, name="stdin", daemon=True).start()
        Worker(job, reach, say).run()
    except CameraError as error:
        say(Fault(error.what, error.hint))
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        say(
            Fault(
                _("not a job for the camera process: {reason}").format(reason=error),
                _("it is started by lamppost, not by hand"),
            )
        )
    os._exit(1)  # threads inside OpenCV do not let the interpreter end in order


def keep_nothing() -> None:
    """Forbids this process to write to a file from now on: a write fails with EFBIG, pipes and sockets go on."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def _narrowed(job: Job) -> jail.Reach:
    """Closes the files that the process has no use for, while it has one thread. Raises CameraError."""
    source = job.options.source
    try:
        inside = (listener().getsockname()[1],) if is_stream(source) and stream_url(source).is_rtsp else ()
        reach = jail.reach_of(source, inside, over_udp=job.options.transport != "tcp")
        jail.close_files(reach, Path(job.models_dir))
    except (OSError, ValueError) as error:
        raise SourceError(
            _("{source}: it cannot be kept to that: {reason}").format(source=without_passwords(source), reason=error),
            _("check its address"),
        ) from None
    return reach


def _voice() -> Say:
    """Says messages on what is stdout now; whatever a library prints from here on goes to stderr."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)

    def say(message: Message) -> None:
        text = line(message)
        while text:
            text = text[out.write(text) or 0 :]

    return say


Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


def _last_words(say: Say, inner: Hook) -> Hook:
    """A defect is told to the daemon too; the traceback goes to stderr as always."""

    def hook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        say(
            Fault(
                _("the camera process has a defect: {name}: {reason}").format(name=kind.__name__, reason=error),
                _("the log has its traceback"),
            )
        )
        inner(kind, error, traceback)
        os._exit(1)

    return hook


def _end_with_stdin() -> None:
    """The daemon is gone or wants no more."""
    while sys.stdin.buffer.read(4096):
        continue
    os._exit(0)


class Worker:
    """Looks at the pictures of one camera and says what changes."""

    def __init__(self, job: Job, reach: jail.Reach, say: Say) -> None:
        jail.end_when_stuck(STUCK_S)
        cv2.setNumThreads(1)
        self._say = say
        options = job.options
        self._governor = FrameRateGovernor(float(options.period_s), options.hot_celsius, thermal_state)
        self._analyser = Analyser(
            options,
            job.zones,
            Path(job.models_dir),
            live=not is_file(options.source),
            run=f"{int(time.monotonic() * 10):x}-",
            standing=job.standing,
            gate=ChangeDetector(options.recheck_s),
        )
        jail.close_calls(reach)
        self._camera = _camera(options, job.access)
        self._told = ("", 0.0)
        self._counted = (0, 0.0)
        self._loss = PictureLoss()
        self._pages = PageRelease()

    def run(self) -> None:
        """Analyses pictures until stdin is closed. Raises CameraError when it cannot go on."""
        while True:
            jail.end_when_stuck(STUCK_S)
            frame = self._camera.frame(PATIENCE_S)
            if frame:
                began_s = time.monotonic()
                self._see(frame)
                self._governor.account(time.monotonic() - began_s)
            frame = None  # one picture less is kept while the next one is decoded
            self._governor.step(time.monotonic())
            self._camera.period_s = self._governor.period_s
            self._tell()
            self._pages.step(time.monotonic(), self._camera.opened + self._analyser.loads)

    def _see(self, frame: Frame) -> None:
        changes = self._analyser.step(frame)
        known = {(one.zone, one.stay.key): one for one in self._analyser.standing()} if changes else {}
        for zone, stay in changes:
            self._say(StaySeen(zone, stay, frame.at_s, known.get((zone, stay.key))))

    def _tell_standing(self) -> None:
        for one in self._analyser.standing():
            self._say(one)

    def _tell(self) -> None:
        if not (self._analyser.analysed or self._camera.trouble):
            return  # nothing was seen yet that would be well
        now_s = time.monotonic()
        self._loss.step(now_s, self._camera.lost_s)
        condition, detail = self._condition()
        if condition == self._told[0] and now_s - self._told[1] < ALIVE_S:
            return
        self._told = (condition, now_s)
        self._say(
            Alive(
                now_s,
                condition,
                detail,
                analysed=self._analyser.analysed,
                dropped=self._camera.dropped,
                damaged=self._camera.damaged,
                inferences=self._analyser.crops,
                period_s=self._governor.period_s,
                slowed=self._governor.reason,
                keys_only=self._camera.keys_only,
                detector_ms=self._detector_ms(),
                zone_model_runs=self._analyser.zone_model.runs if self._analyser.zone_model else 0,
                without_zone_model=self._analyser.without_zone_model,
            )
        )
        self._tell_standing()

    def _condition(self) -> tuple[Condition, str]:
        """What is told of the camera, and words for a technician."""
        word = self._analyser.condition.word
        if self._camera.trouble:
            return "no_picture", self._camera.trouble
        if word == "ok" and self._loss.is_trouble:
            what = _("pictures were lost for {share:.0%} of the last minute: {hint}")
            hint = _('check its network and its load; over UDP, set transport to "tcp"')
            return "damaged", what.format(share=self._loss.share, hint=hint)
        return word, ""

    def _detector_ms(self) -> float:
        """Mean per crop since the last time."""
        count, spent_s = self._analyser.crops, self._analyser.detector_s
        crops, busy_s = count - self._counted[0], spent_s - self._counted[1]
        self._counted = (count, spent_s)
        return round(busy_s * 1000 / crops, 2) if crops else 0.0


def _camera(options: CameraOptions, access: Access) -> FrameSource:
    period_s = float(options.period_s)
    if is_file(options.source):
        return FileSource(Path(options.source), period_s, options.loop, options.largest_picture)
    return ReconnectingSource(
        options.source,
        period_s,
        size=options.picture,
        largest=options.largest_picture,
        all_frames=options.decode == "all",
        access=access,
    )
