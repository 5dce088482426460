"""Which configuration a pole runs by, and why not by another."""

from msgspec import Struct

from agent.events.configuration import ConfigurationSource


class Problem(Struct, frozen=True):
    """What is wrong with the file, for people: the first of its errors."""

    file: str
    line: int | None
    text: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.text}"


class InForce(Struct, frozen=True):
    """The configuration that a daemon runs by.

    Args:
        path: of the file.
        sha256: of the bytes of the file, as sha256sum(1) prints it; where it is not the file alone: of all that is in
            force, whatever the order of its keys.
        superseded: keys that came from afar and were edited by hand since, "lamp/lamp-1/unit".
        problem: why it is not the file, or the file alone; None: nothing is wrong.
    """

    path: str
    sha256: str
    source: ConfigurationSource = "file"
    superseded: tuple[str, ...] = ()
    problem: Problem | None = None
