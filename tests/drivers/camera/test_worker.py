"""Privacy by construction: the camera process writes nothing but its lines."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.camera.ipc import Alive, Fault, Job, Message, StaySeen, line, read_message
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.options import Seconds

TRACED = (
    "?open,openat,?openat2,?creat,?mkdir,mkdirat,?mknod,mknodat,?rename,?renameat,renameat2,?link,linkat,"
    "?symlink,symlinkat,truncate,ftruncate,memfd_create,mmap,write,pwrite64,writev,pwritev,pwritev2,sendfile,splice,vmsplice,"
    "copy_file_range,tee,fallocate,connect,sendto,sendmsg,sendmmsg,close,dup,?dup2,dup3,fcntl"
)
"""Every way to a file, to shared memory or to a network that strace(1) knows, and to another number of a descriptor.

"?": not on every architecture.
"""

READS = re.compile(r"(open|openat|openat2)\(.*\bO_RDONLY\b(?!.*O_CREAT)")
PRIVATE = re.compile(r"mmap\((?!.*PROT_WRITE.*MAP_SHARED[^,]*, \d)")
WRITES = re.compile(r"writev?\((\d+)")
DUPLICATES = re.compile(r"(?:dup[23]?\((\d+).*|fcntl\((\d+)[^,]*, F_DUPFD.*) = (\d+)")
CLOSES = re.compile(r"close\((\d+)")
CHANGES_NOTHING = re.compile(r"fcntl\(\d+[^,]*, F_[GS]ET(FD|FL)\b")


def left_behind(calls: list[str]) -> list[str]:
    """Every call of a process that could leave something behind.

    Beside its stdout and stderr, which are pipes here, it may write to nothing. By numbers: an ordinary user's strace
    may not look into a process that keeps its memory to itself, and sees neither names nor what is written.
    """
    pipes, left = {"1", "2"}, list[str]()
    for call in calls:
        if wrote := WRITES.match(call):
            harmless = wrote[1] in pipes
        elif given := DUPLICATES.match(call):
            pipes = pipes | {given[3]} if (given[1] or given[2]) in pipes else pipes - {given[3]}
            harmless = True
        elif closed := CLOSES.match(call):
            pipes, harmless = pipes - {closed[1]}, True
        else:
            harmless = any(pattern.match(call) for pattern in (READS, PRIVATE, CHANGES_NOTHING))
        if not harmless:
            left.append(call)
    return left


def traced(order: list[str], log: Path, text: bytes) -> tuple[list[Message], list[str]]:
    """What a process said until it ended, and every call of it that could leave something behind."""
    tracer = ["strace", "-f", "-qq", "-e", "signal=none", "-e", f"trace={TRACED}", "-o", str(log)]
    with subprocess.Popen(
        [*tracer, *order], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(text)
        process.stdin.flush()
        said = [read_message(each) for each in process.stdout]
    lines = [each.split(maxsplit=1)[1] for each in log.read_text().splitlines()]
    calls = [each for each in lines if not each.startswith(("<... ", "+++"))]  # the second half of one that was cut
    assert any(each.startswith("openat(") for each in calls)
    return said, left_behind(calls)


@pytest.fixture(scope="module")
def parked(draw: Callable[..., Path], car: type) -> Path:
    return draw([car(200)], 4)


@pytest.fixture(scope="module")
def empty(draw: Callable[..., Path]) -> Path:
    return draw([], 1)


def job(clip: Path, zone: ZoneShape, models_dir: Path) -> bytes:
    options = CameraOptions(source=str(clip), picture=(640, 360), period_s=Seconds(0.5))
    return line(Job("cam", options, {"z": zone}, str(models_dir)))


def run(script: str, text: bytes) -> tuple[list[Message], str]:
    """Runs the process to the end of its clip; what it said, and its log."""
    order = [sys.executable, "-c", script]
    process = subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(text)
    process.stdin.flush()
    said = [read_message(each) for each in process.stdout]  # stdin stays open: it would end the process
    log = process.communicate()[1].decode()
    return said, log


def test_promise_privacy_a_clip_leaves_no_file_no_shared_memory_and_no_connection(
    parked: Path, zone: ZoneShape, models_dir: Path, tmp_path: Path
) -> None:
    text = job(parked, zone, models_dir)
    said, left = traced([sys.executable, "-B", "-m", "drivers.camera"], tmp_path / "calls", text)
    assert any(isinstance(message, StaySeen) for message in said)
    assert left == []


LEAVING = """
import mmap, os, sys
open(sys.argv[1], "wb").write(b"a frame")
os.write(os.dup(2), b"a word")
os.memfd_create("frame")
mmap.mmap(-1, 4096)
with open(sys.argv[1], "r+b") as file:
    mmap.mmap(file.fileno(), 0)[0] = 1
"""


def test_the_trace_would_notice_a_file_written_mapped_or_kept_in_memory(tmp_path: Path) -> None:
    order = [sys.executable, "-B", "-c", LEAVING, str(tmp_path / "frame")]
    _, left = traced(order, tmp_path / "calls", b"")
    assert [each.split("(")[0] for each in left] == ["openat", "write", "memfd_create", "openat", "mmap"]


@pytest.mark.parametrize(
    ("calls", "left"),
    [
        (["write(2, 0x7ffc, 6) = 6", "writev(1, [], 1) = 3"], 0),
        (["fcntl(1, F_DUPFD_CLOEXEC, 0) = 4", "write(4, 0x7ffc, 6) = 6"], 0),
        (["dup2(2, 1) = 1", "write(1, 0x7ffc, 6) = 6"], 0),
        (["write(4, 0x7ffc, 6) = 6"], 1),
        (["dup2(7, 1) = 1", "write(1, 0x7ffc, 6) = 6"], 1),
        (["close(2) = 0", "write(2, 0x7ffc, 6) = 6"], 1),
        (["mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0) = 0x7f"], 0),
        (["mmap(NULL, 4096, PROT_READ, MAP_SHARED, 5, 0) = 0x7f"], 0),
        (["mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 5, 0) = 0x7f"], 1),
        (["openat(AT_FDCWD, 0x7ffc, O_RDONLY|O_CLOEXEC) = 5"], 0),
        (["openat(AT_FDCWD, 0x7ffc, O_RDONLY|O_CREAT, 0600) = 5"], 1),
        (["sendto(5, 0x7ffc, 6, 0, NULL, 0) = 6"], 1),
    ],
)
def test_what_a_trace_without_names_says(calls: list[str], left: int) -> None:
    assert left_behind(calls) == calls[len(calls) - left :]


REFUSED = """
import os, resource, sys
from pathlib import Path
from drivers.camera.worker import keep_nothing

keep_nothing()
try:
    Path(sys.argv[1]).write_bytes(b"a frame")
except OSError as error:
    print(error.errno, resource.getrlimit(resource.RLIMIT_CORE))
print(len(open("/proc/self/maps").read()) > 0)
"""


def test_promise_privacy_the_kernel_refuses_the_process_every_file_and_every_core_dump(tmp_path: Path) -> None:
    path = tmp_path / "frame.jpg"
    order = [sys.executable, "-c", REFUSED, str(path)]
    done = subprocess.run(order, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["27 (0, 0)", "True"]  # EFBIG; what is not a file goes on
    assert path.stat().st_size == 0


def test_the_process_is_under_that_ban_while_it_works(parked: Path, zone: ZoneShape, models_dir: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "drivers.camera"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(job(parked, zone, models_dir))
    process.stdin.flush()
    assert isinstance(read_message(process.stdout.readline()), Alive)
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    with process:
        process.stdin.close()
        process.stdout.read()
    rows = {each[:26].strip(): each[26:].split()[:2] for each in limits.splitlines()}
    assert rows["Max file size"] == ["0", "0"]
    assert rows["Max core file size"] == ["0", "0"]
    assert process.returncode == 0


def test_what_is_no_job_is_refused() -> None:
    said, _ = run("from drivers.camera.worker import main; main()", b"hello\n")
    assert len(said) == 1
    assert isinstance(said[0], Fault)
    assert "not a job" in said[0].what


def test_a_defect_is_told_too(empty: Path, zone: ZoneShape, models_dir: Path) -> None:
    script = "import drivers.camera.worker as w\nw.Worker.run = lambda self: 1 / 0\nw.main()"
    said, log = run(script, job(empty, zone, models_dir))
    fault = said[-1]
    assert isinstance(fault, Fault)
    assert "has a defect: ZeroDivisionError" in fault.what
    assert "Traceback" in log


LOSING = """
import time
import drivers.camera.worker as w

class Losing(w.FileSource):
    lost_s = property(lambda self: 100 * time.monotonic(), lambda self, value: None)

w._camera = lambda options, access: Losing(w.Path(options.source), 0.5, False)
w.main()
"""


def test_that_pictures_are_lost_for_much_of_the_time_is_told_while_the_others_are_looked_at(
    parked: Path, zone: ZoneShape, models_dir: Path
) -> None:
    said, _ = run(LOSING, job(parked, zone, models_dir))
    told = [each for each in said if isinstance(each, Alive)]
    assert [each.condition for each in told][:2] == ["ok", "damaged"]
    assert "pictures were lost for 100% of the last minute" in told[-1].detail
    assert any(isinstance(each, StaySeen) for each in said)


def test_what_a_library_prints_does_not_mix_with_the_lines(empty: Path, zone: ZoneShape, models_dir: Path) -> None:
    script = (
        "import os\nimport drivers.camera.worker as w\nrun = w.Worker.run\n"
        "def noisy(self):\n    os.write(1, b'INFO: made a delegate\\n')\n    run(self)\n"
        "w.Worker.run = noisy\nw.main()"
    )
    said, log = run(script, job(empty, zone, models_dir))
    assert any(isinstance(message, Alive) for message in said)
    assert "INFO: made a delegate" in log
