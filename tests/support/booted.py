"""A Debian that has booted with systemd, in which a test runs scripts as root."""

import subprocess
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

ANSWER_S = 300.0


class Ran(NamedTuple):
    """What became of a script: its status, and what it wrote."""

    status: int
    out: str
    err: str


class Booted:
    """What a virtual machine and a container have in common."""

    def boot(self) -> None:
        """Waits until its systemd has started what it starts."""
        raise NotImplementedError

    def run(self, script: str, text: str = "", *, limit_s: float = ANSWER_S) -> Ran:
        """Runs a script of sh(1) as root in there, with `text` as its input."""
        raise NotImplementedError

    def cut_power(self) -> None:
        """Ends it at once."""
        raise NotImplementedError

    def must(self, script: str, text: str = "", *, limit_s: float = ANSWER_S) -> str:
        """The same, of a script that must succeed: what it wrote."""
        ran = self.run(script, text, limit_s=limit_s)
        assert ran.status == 0, f"{script}\n{ran.out}\n{ran.err}"
        return ran.out

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        self.must(f"mkdir -p $(dirname {path}) && cat > {path} && chmod {mode:o} {path}", text)

    def __enter__(self) -> Self:
        self.boot()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.cut_power()


def own_disk(image: Path, folder: Path) -> Path:
    """A copy of the image's disk. One that lies there is taken: what was written to it has stayed."""
    disk = folder / "disk"
    if not disk.exists():
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", str(image / "disk"), str(disk)], check=True)
    return disk
