"""Which configuration a pole runs by, and why not by another."""

from msgspec import Struct

from agent.config.problems import ConfigError, bounded
from agent.events.configuration import ConfigurationSource


class Problem(Struct, frozen=True):
    """What is wrong with a configuration, for people: the first of its errors.

    Args:
        file: None: it stands in none.
        line: None: the file as a whole.
        further: the other errors, "FILE:LINE: words" each, as many as `bounded` tells.
    """

    file: str | None
    line: int | None
    text: str
    further: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = [str(each) for each in (self.file, self.line) if each is not None]
        return ":".join([*where, f" {self.text}"]) if where else self.text


def problem_of(error: ConfigError) -> Problem:
    """What a status tells of the errors."""
    return Problem(*error.first, bounded(error.mistakes)[1:])


class InForce(Struct, frozen=True):
    """The configuration that a daemon runs by.

    Args:
        path: of the file.
        sha256: of the bytes of the file, as sha256sum(1) prints it; where it is not the file alone: of all that is in
            force, whatever the order of its keys.
        superseded: keys that came from afar and were edited by hand since, "lamp/lamp-1/unit".
        problem: why it is not the file, or the file alone; None: nothing is wrong.
        repaired: what is wrong in the file, and put right by what came from afar; "FILE:LINE: words" each.
    """

    path: str
    sha256: str
    source: ConfigurationSource = "file"
    superseded: tuple[str, ...] = ()
    problem: Problem | None = None
    repaired: tuple[str, ...] = ()
