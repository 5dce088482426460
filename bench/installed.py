"""lamppost as a pole has it: a wheel of this checkout in an environment of Debian's own Python, byte code beside it.

The Python may be that of another release of Debian, in a folder that debootstrap(8) has filled, with python3-venv. Its
processes run there by chroot(8): network, pseudo-terminals and processes are those of this machine.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).parents[1]
HERE = Path("/")
PYTHON = "/usr/bin/python3"
OTHERS = shutil.ignore_patterns(
    ".*", "__pycache__", "*.egg-info", "*.tflite", "build", "dist", "docs", "tests", "bench"
)
"""What lies in a checkout and is not needed for a wheel of it."""

UNIT = CHECKOUT / "systemd" / "lamppost.service"

SEEN_INSIDE = ("/dev", "/proc", "/etc/resolv.conf", "/etc/ssl")
"""What a process inside of another system needs of this one, which is mounted over what lies there."""


class Interpreter(NamedTuple):
    """How a process is started that has lamppost.

    Args:
        name: what it says in the report.
        command: what stands before the arguments of Python.
        environment: the whole of it.
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str]

    def asked(self, source: Path, *arguments: str) -> str:
        """What a script says that this interpreter runs."""
        return _run([*self.command, "-P", "-", *arguments], self.environment, source.read_text())


def socket_of(folder: Path) -> Path:
    """The socket of a bench's daemon: outside of its folder, since nobody can copy a checkout with a socket in it."""
    return Path("/dev/shm", f"lamppost-{folder.parent.name}-{folder.name}.sock")


def as_it_stands(python: str) -> Interpreter:
    """An interpreter that has lamppost, in the environment of whoever asks."""
    return Interpreter(python, [str(Path(python).absolute())], dict(os.environ))


def of_service(unit: Path = UNIT) -> dict[str, str]:
    """What the unit of systemd puts into the environment of the daemon."""
    lines = [line.partition("=")[2] for line in unit.read_text().splitlines() if line.startswith("Environment=")]
    return dict(word.split("=", 1) for line in lines for word in shlex.split(line))


def copied(folder: Path, checkout: Path = CHECKOUT) -> Path:
    """What of a checkout goes into a wheel, as it lies there now, without what earlier builds have left."""
    return Path(shutil.copytree(checkout, folder / "checkout", ignore=OTHERS))


def wheel(checkout: Path) -> Path:
    """Built from a copy of a checkout, since building leaves files there."""
    folder = checkout.with_name("wheel")
    build = shutil.copytree(checkout, checkout.with_name("build"))
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(build)]
    _run([sys.executable, "-m", "pip", "wheel", *options], dict(os.environ))
    return next(folder.glob("*.whl"))


def debian(root: Path, checkout: Path, file: Path) -> list[Interpreter]:
    """Debian's own Python with the wheel, and beside it with a checkout that is compiled anew at each start."""
    compiled = _with_wheel(f"wheel, {PYTHON} of {root}", root, checkout, file)
    uncompiled = compiled.environment | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(checkout)}
    return [compiled, Interpreter(f"checkout without byte code, {PYTHON} of {root}", compiled.command, uncompiled)]


def other(root: Path, checkout: Path, beside: Path) -> Interpreter:
    """Debian's own Python with a wheel of another checkout, and with the libraries that the lock of this one names."""
    folder = checkout.with_name("-".join(["beside", root.name, *beside.resolve().parts[1:]]))
    folder.mkdir()
    return _with_wheel(f"wheel of {beside}, {PYTHON} of {root}", root, checkout, wheel(copied(folder, beside)))


def _with_wheel(name: str, root: Path, checkout: Path, file: Path) -> Interpreter:
    """An environment beside the folder of the wheel, by the lock of a checkout."""
    venv = file.parent.with_name(f"venv{root.name and '-'}{root.name}")
    command = [] if root == HERE else ["chroot", str(root)]
    plain = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")} | of_service()
    _run([*command, PYTHON, "-m", "venv", venv], plain)
    python = [*command, str(venv / "bin" / "python")]
    _run([*python, str(checkout / "requirements" / "install.py"), "pole", "--wheel", str(file)], plain)
    _run([*python, "-m", "compileall", "-q", venv / "lib"], plain)
    return Interpreter(name, python, plain)


@contextmanager
def opened(root: Path, folder: Path) -> Iterator[None]:
    """Mounts what the processes inside need, and the folder under its own name, until the end of the block."""
    if root == HERE:
        yield
        return
    with ExitStack() as stack:
        for place in (*map(Path, SEEN_INSIDE), folder):
            inside = root / place.relative_to("/")
            if place.is_file():
                inside.touch()
            else:
                inside.mkdir(parents=True, exist_ok=True)
            _run(["mount", "--rbind", place, inside], dict(os.environ))
            stack.callback(_run, ["umount", "--recursive", "--lazy", inside], dict(os.environ))
        yield
    (root / folder.relative_to("/")).rmdir()


def in_own_mounts() -> None:
    """Begins this process anew where what it mounts is seen by nobody else, and is gone with it. Takes root."""
    if os.environ.get("LAMPPOST_BENCH_MOUNTS"):
        return
    os.environ["LAMPPOST_BENCH_MOUNTS"] = "own"
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])


def _run(command: Sequence[str | Path], environment: dict[str, str], said: str = "") -> str:
    """What a command printed. One that fails ends this process, with all of its words."""
    done = subprocess.run(command, env=environment, cwd="/", input=said, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
