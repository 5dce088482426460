"""The box as its kernel and its system files show it; where these lie is told, so that a test can show another one."""

import importlib.util
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from agent.cli.check.box.users import User, user_named

SERVICE, SERVICE_USER = "lamppost.service", "lamppost"
_UNITS = ("etc/systemd/system", "run/systemd/system", "usr/lib/systemd/system", "lib/systemd/system")


def _is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


class Box(Struct, frozen=True):
    """
    Args:
        root: above proc, sys, dev, etc and run.
        is_installed: whether a Python module can be imported.
    """

    root: Path = Path("/")
    is_installed: Callable[[str], bool] = _is_installed

    def path(self, absolute: str | Path) -> Path:
        return self.root / str(absolute).lstrip("/")

    def text(self, absolute: str) -> str:
        """Returns the text of a system file; "" where this box has none."""
        try:
            return self.path(absolute).read_text("utf-8", errors="replace")
        except OSError:
            return ""

    def real(self, absolute: str) -> str:
        """The path behind its links, as the box itself would write it."""
        found = os.path.realpath(self.path(absolute))
        return "/" + os.path.relpath(found, self.root) if self.root != Path("/") else found

    @property
    def service_user(self) -> User | None:
        """The user that the daemon runs as: that of its unit, else `lamppost`; None: there is no such user on this
        box."""
        return self._user_in(SERVICE)

    def user_of(self, unit: str) -> User:
        """The user of a unit of lamppost; where there is no such unit that of the daemon, and else the one that runs
        this process."""
        named = self._user_in(unit) if self._of_unit(unit, "User") else None
        return named or self.service_user or User("", os.geteuid(), frozenset({os.getegid(), *os.getgroups()}))

    def _user_in(self, unit: str) -> User | None:
        groups = self._of_unit(unit, "SupplementaryGroups").split()
        return user_named(self.text, self._of_unit(unit, "User") or SERVICE_USER, groups)

    def programs(self) -> Iterator[str]:
        """Names of those that run."""
        for folder in self.path("/proc").glob("[0-9]*"):
            try:
                yield (folder / "comm").read_text("utf-8", errors="replace").strip()
            except OSError:
                continue  # it has ended

    def _of_unit(self, name: str, key: str) -> str:
        """What a unit says, drop-ins last; "": nothing."""
        values: list[str] = []
        for folder in _UNITS:
            unit = self.path(folder) / name
            if unit.is_file():
                parts = [unit, *sorted(Path(f"{unit}.d").glob("*.conf"))]
                for each in parts:
                    values += re.findall(
                        rf"^{key}=(.*)$", self.text("/" + os.path.relpath(each, self.root)), re.MULTILINE
                    )
                break
        return " ".join(values) if key == "SupplementaryGroups" else (values or [""])[-1].strip()


def mode_of(path: Path) -> int | None:
    """Returns the mode of a path; None: there is nothing, or it may not be looked at."""
    try:
        return path.stat().st_mode
    except OSError:
        return None


def is_folder(path: Path) -> bool:
    mode = mode_of(path)
    return mode is not None and stat.S_ISDIR(mode)
