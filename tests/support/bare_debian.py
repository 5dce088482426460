"""A Debian with nothing in it, made once and kept in $LAMPPOST_DEBIANS: tests install packages there."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from booted import ANSWER_S, Ran
from container import ENVIRONMENT, Container

STORE = Path(os.environ.get("LAMPPOST_DEBIANS", "/var/cache/lamppost-debians")) / "bare"

SAMPLE = "usr/lib/lamppost/share/lamppost/config/lamppost.toml"
CONFIG = "etc/lamppost/lamppost.toml"

Edit = Callable[[Path], None]
"""How a package's files are changed (`repacked`): a function of the folder in which they lie."""


def needs_kb(number: int) -> Edit:
    """A package that says it needs so much room."""
    return lambda tree: replaced(tree / "DEBIAN/preinst", r"NEED_KB=\d+", f"NEED_KB={number}")


NEEDS_MUCH = needs_kb(99_999_999_999)
"""An edit: a package for which no disk has room."""


def other_sample(tree: Path) -> None:
    """A release whose sample of the configuration is another one."""
    for each in (SAMPLE, CONFIG):
        replaced(tree / each, "^# lamppost", "# a new sample of lamppost")
    known_by = hashlib.md5((tree / CONFIG).read_bytes()).hexdigest()
    replaced(tree / "DEBIAN/preinst", r"SAMPLE_MD5=\w+", f"SAMPLE_MD5={known_by}")


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert re.search(old, text), f"{file} has no {old}"
    file.write_text(re.sub(old, new, text))


# Mounts and processes of its own: when the script ends, all that it left running ends too.
ENTER = """
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/run"
exec chroot "$1" /bin/sh -c "$2"
"""


def root_of(suite: str, folder: Path) -> Path:
    """A copy of the bare Debian, in a folder. This machine's way to its package indexes is the copy's too."""
    bare, root = STORE / suite, folder / "root"
    if not (bare / "etc" / "debian_version").exists() or not (bare / ".made").exists():
        shutil.rmtree(bare, ignore_errors=True)
        STORE.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", suite, str(bare)], check=True)
        (bare / ".made").touch()
    subprocess.run(["cp", "-a", "--reflink=auto", str(bare), str(root)], check=True)
    shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
    return root


def inside(root: Path, script: str, *, limit_s: float = 1200.0) -> Ran:
    """Runs a script of sh(1) as root in there."""
    order = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation=private"]
    done = subprocess.run(
        [*order, "sh", "-ec", ENTER, "sh", str(root), script],
        capture_output=True,
        text=True,
        check=False,
        timeout=limit_s,
        stdin=subprocess.DEVNULL,
        env={**ENVIRONMENT, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def must(root: Path, script: str) -> str:
    """The same, of a script that must succeed: what it wrote."""
    ran = inside(root, script)
    assert ran.status == 0, f"{script}\n{ran.out[-3000:]}\n{ran.err[-3000:]}"
    return ran.out


def repacked(package: Path, version: str, folder: Path, *, edit: Edit = lambda tree: None) -> Path:
    """The package under another version, and with its files edited."""
    tree = folder / f"tree-{version}"
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(tree)], check=True)
    replaced(tree / "DEBIAN" / "control", r"(?m)^Version: .*$", f"Version: {version}")
    edit(tree)
    made = folder / f"{package.name.partition('_')[0]}_{version}_amd64.deb"
    order = ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(tree), str(made)]
    subprocess.run(order, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return made


class BootedRoot(Container):
    """A root file system whose systemd runs, on this machine's network."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._console = folder / "console.log"
        order = ["unshare", "--mount", "--propagation=private", "systemd-nspawn", "--quiet", f"--directory={root}"]
        order += ["--boot", "--register=no", "--keep-unit", "--console=pipe", "--resolv-conf=off"]
        order += ["--capability=CAP_BPF,CAP_PERFMON", "--system-call-filter=bpf"]
        with self._console.open("wb") as console:
            self._process = subprocess.Popen(
                order,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            )

    def apt(self, script: str) -> Ran:
        """Runs a script in which apt and dpkg ask nothing."""
        return self.run(f"export DEBIAN_FRONTEND=noninteractive\n{script}", limit_s=2 * ANSWER_S)
