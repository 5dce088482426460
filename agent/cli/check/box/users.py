"""Users and groups of the box, and what they may do with a file."""

import stat
from collections.abc import Callable, Collection
from pathlib import Path

from msgspec import Struct

READ, WRITE, SEARCH = 4, 2, 1


class User(Struct, frozen=True):
    """
    Args:
        name: "": that of the present process.
        groups: by number.
    """

    name: str
    uid: int
    groups: frozenset[int]

    def may(self, file: Path, wanted: int, top: Path = Path("/")) -> bool:
        """Whether the rights of a file, and of the folders above it, let this user. Raises OSError: it is not there.

        Args:
            wanted: a sum of READ, WRITE and SEARCH.
            top: the folder that everything lies in.
        """
        if self.uid == 0:
            file.stat()
            return True
        return self._allowed(file, wanted) and all(
            self._allowed(folder, SEARCH) for folder in file.resolve().parents if folder.is_relative_to(top)
        )

    def _allowed(self, file: Path, wanted: int) -> bool:
        found = file.stat()
        if found.st_uid == self.uid:
            bits = found.st_mode >> 6
        elif found.st_gid in self.groups:
            bits = found.st_mode >> 3
        else:
            bits = found.st_mode
        return stat.S_IMODE(bits) & wanted == wanted


def user_named(text: Callable[[str], str], name: str, further_groups: Collection[str]) -> User | None:
    """The user of that name with all groups; None: there is none.

    Args:
        text: content of a system file.
        further_groups: names of groups that the service gets beside those of the user.
    """
    for line in text("/etc/passwd").splitlines():
        fields = line.split(":")
        if len(fields) >= 4 and fields[0] == name and fields[2].isdecimal() and fields[3].isdecimal():
            return User(name, int(fields[2]), frozenset({int(fields[3]), *_groups(text, name, further_groups)}))
    return None


def _groups(text: Callable[[str], str], user: str, named: Collection[str]) -> set[int]:
    found = set()
    for line in text("/etc/group").splitlines():
        fields = line.split(":")
        if len(fields) == 4 and fields[2].isdecimal() and (fields[0] in named or user in fields[3].split(",")):
            found.add(int(fields[2]))
    return found


def group_named(text: Callable[[str], str], gid: int) -> str:
    """The name of a group; its number where it has none."""
    for line in text("/etc/group").splitlines():
        fields = line.split(":")
        if len(fields) == 4 and fields[2] == str(gid):
            return fields[0]
    return str(gid)
