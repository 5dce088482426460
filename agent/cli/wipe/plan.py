"""What of a pole lies on this box, and in which order it goes: the configuration last, by which a second attempt finds
the rest."""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agent.config import syntax
from agent.config.problems import ConfigError
from agent.config.schema import StoreOptions
from agent.configuration import last_good, remote, stored
from agent.configuration.named_files import SECRETS, NamedFile, named_files
from agent.configuration.sources import socket_of
from agent.configuration.whereabouts import Note, state_folder, store_of
from agent.trades.command_line import CONFIG_FILE, SOCKET
from drivers.files import read_regular, refuse_shared
from drivers.gpio.profile import FOLDER as OF_INPUTS
from drivers.lorawan.profile import FOLDER as OF_LORAWAN
from drivers.serial.profile import FOLDER as OF_SERIAL
from drivers.translation import _

CREDENTIALS = Path("/run/credentials")
STORE = Path(StoreOptions().path)
OWN_FOLDERS = (CONFIG_FILE.parent, STORE.parent)
"""Whatever lies in these is the pole's."""

_BESIDE_STORE = re.compile(r"(-wal|-shm|-journal|\..+)?")
_PART = re.compile(r"\..+\.[0-9a-f]{16}\.part")

Values = Mapping[str, Any]


class Item(NamedTuple):
    """A file that goes.

    Args:
        is_link: it is a link that leads to the configuration, and goes as such.
    """

    path: Path
    what: str
    is_link: bool = False


class Plan(NamedTuple):
    """
    Args:
        pole: its id; None: no file says it.
        store: path of its store.
        items: what goes, in this order.
        folders: those that go where nothing is in them any more, the innermost first.
        stays: what this command leaves, and why, or what to do about it.
        unclear: why not all is known that the configuration names: then it stays too; None: it is.
    """

    pole: str | None
    store: Path
    socket: Path
    items: list[Item]
    folders: list[Path]
    stays: list[tuple[str, str]]
    unclear: str | None


def plan_of(file: Path, own_folders: Sequence[Path]) -> Plan:
    """Looks at what is there; nothing is changed.

    Args:
        file: the configuration, which may be wrong, or gone already.
        own_folders: see OWN_FOLDERS.

    Raises OSError: others may change that file, or a link that leads there, and so name what is not theirs.
    """
    file = file.absolute()
    links, real = _followed(file)
    store, socket = _place(store_of, file, STORE), _place(socket_of, file, SOCKET)
    folder, own = stored.folder_of(str(store)), [each for each in own_folders if each in (file.parent, store.parent)]
    by_file, by_state = _said_by_file(file), [*_said_by_state(folder)]
    named = _named(by_file, by_state, file, store)
    profiles = _of_profiles(_profiles(by_file, file))
    note = Note(state_folder(str(STORE)), file).path
    items = [*_secrets(named), *_of_store(store), *_of_folder(folder), Item(note, _("last good configuration"))]
    items += [Item(path, _("register map")) for each in profiles for path in _names_in(each) if path.suffix == ".toml"]
    items += [Item(each.path, each.key) for each in named if each.path.is_relative_to(file.parent)]
    items += [Item(path, _("lies beside it")) for each in own for path in _all_below(each)]
    of_it = {real, *links}
    found = {item.path: item.what for item in reversed(items) if item.path not in of_it and is_there(item.path)}
    going = [Item(path, what) for path, what in reversed(found.items())]
    unclear = _unclear(file) if is_there(real) else None
    if unclear is None:
        going += [Item(real, _("configuration"))] if is_there(real) else []
        going += [Item(path, _("link to the configuration"), is_link=True) for path in reversed(links)]
    of_profiles = [*profiles, *_of_profiles(folder / last_good.PROFILES)]
    folders = sorted({*of_profiles, folder, note.parent, *_folders_below(own)}, reverse=True)
    return Plan(_pole([by_file, *by_state]), store, socket, going, folders, [*_stays(named, going)], unclear)


def _followed(file: Path) -> tuple[list[Path], Path]:
    """Returns the links that lead to a configuration, the first of them first, and where it lies itself. Raises
    OSError."""
    refuse_shared(file)
    links, real = list[Path](), file
    while real.is_symlink():
        refuse_shared(real.parent)
        links.append(real)
        real = Path(os.path.normpath(real.parent / real.readlink()))
    return links, real


def is_there(path: Path) -> bool:
    """Whether something has this name, a link included."""
    return path.is_symlink() or path.exists()


def _place(of: Callable[[Path, Path], Path], file: Path, default: Path) -> Path:
    try:
        return of(file, default)
    except ConfigError:
        return default


def _said_by_file(file: Path) -> Values:
    """Returns what the file says, as far as it can be read."""
    try:
        return syntax.read(file).values
    except ConfigError:
        return {}


def _unclear(file: Path) -> str | None:
    """Returns why not all is known that a file names; None: it is."""
    try:
        document = syntax.read(file)
    except ConfigError as error:
        return error.mistakes[0]
    if not document.is_whole:
        return document.errors[0].located(file)
    if _pole([document.values]) is None:
        return _("{file}: [pole] id is missing").format(file=file)
    store = document.values.get("store", {})
    if not (isinstance(store, dict) and isinstance(store.get("path", ""), str)):
        return _("{file}: [store] path is no text").format(file=file)
    return None


def _said_by_state(folder: Path) -> Iterator[Values]:
    """Yields what came from afar, and the last good configuration: as the daemon wrote them."""
    for name in (remote.NAME, last_good.NAME):
        try:
            values = json.loads(read_regular(folder / name, stored.LARGEST_BYTES))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(values, dict):
            yield values


def _named(by_file: Values, by_state: Sequence[Values], file: Path, store: Path) -> list[NamedFile]:
    """Returns the files that are named. The user of the daemon names none but those that lie with the pole's."""
    found = {each.path: each for each in named_files(by_file, file.parent, file.parent)}
    for each in (each for values in by_state for each in named_files(values, file.parent, file.parent)):
        if any(
            each.path.is_relative_to(folder) and ".." not in each.path.parts for folder in (file.parent, store.parent)
        ):
            found.setdefault(each.path, each)
    return list(found.values())


def _pole(said: Sequence[Values]) -> str | None:
    for values in said:
        config = values.get("config")
        pole = (config if isinstance(config, dict) else values).get("pole")
        if isinstance(pole, dict) and isinstance(pole.get("id"), str):
            return str(pole["id"])
    return None


def _secrets(named: Sequence[NamedFile]) -> Iterator[Item]:
    """Yields the keys first: what is cut short has taken them."""
    words = {"password_file": _("password"), "key_file": _("private key"), "certificate_file": _("certificate")}
    for key in ("key_file", "password_file", "certificate_file"):
        paths = [each.path for each in named if each.key == key]
        yield from (Item(path, words[key]) for path in paths if not path.is_relative_to(CREDENTIALS))


def _of_store(store: Path) -> Iterator[Item]:
    """Yields the store and what SQLite, recovery and renaming leave beside it; its lock last."""
    beside = [path for path in _names_in(store.parent) if path.name.startswith(store.name)]
    lock = store.with_name(store.name + ".lock")
    for path in beside:
        if path != lock and _BESIDE_STORE.fullmatch(path.name.removeprefix(store.name)):
            yield Item(path, _("store"))
    yield Item(lock, _("store"))


def _of_folder(folder: Path) -> Iterator[Item]:
    """Yields the configurations that lie with the state."""
    for each in _of_profiles(folder / last_good.PROFILES):
        yield from (Item(path, _("last good configuration")) for path in _names_in(each))
    yield Item(folder / remote.NAME, _("configuration from afar"))
    yield Item(folder / last_good.NAME, _("last good configuration"))
    yield from (Item(path, _("half-written file")) for path in _names_in(folder) if _PART.fullmatch(path.name))


def _of_profiles(folder: Path) -> list[Path]:
    """Returns the folder of the register maps, with those in it of the other kinds of profile."""
    return [folder, *(folder / each for each in (OF_INPUTS, OF_LORAWAN, OF_SERIAL))]


def _profiles(by_file: Values, file: Path) -> Path:
    """Returns the folder of the technician's register maps, where it lies with the configuration."""
    pole = by_file.get("pole")
    named = pole.get("profiles_dir") if isinstance(pole, dict) else None
    default = file.parent / "profiles"
    return Path(named) if isinstance(named, str) and Path(named).is_relative_to(file.parent) else default


def _stays(named: Sequence[NamedFile], going: Sequence[Item]) -> Iterator[tuple[str, str]]:
    paths = {each.path for each in going}
    for each in named:
        if each.path.is_relative_to(CREDENTIALS):
            yield str(each.path), _("systemd made it: remove what LoadCredential= of the unit names")
        elif each.key not in SECRETS and each.path not in paths and each.path.exists():
            words = _("{key} lies elsewhere, and others may use it too")
            yield str(each.path), words.format(key=each.key)


def _names_in(folder: Path) -> list[Path]:
    """Returns what is no folder in one, links included; nothing, where it cannot be looked into."""
    try:
        return sorted(path for path in folder.iterdir() if path.is_symlink() or not path.is_dir())
    except OSError:
        return []


def _all_below(folder: Path) -> Iterator[Path]:
    """Yields what is no folder below one; no link is followed."""
    for each in (folder, *_folders_below([folder])):
        yield from _names_in(each)


def _folders_below(above: Sequence[Path]) -> Iterator[Path]:
    for folder in above:
        try:
            below = sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
        except OSError:
            continue
        yield from below
        yield from _folders_below(below)
