"""The last configuration that ran well: what a pole works by when the file is wrong."""

import logging
import os
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from agent.config.schema import Config
from agent.configuration import stored
from agent.configuration.named_files import own_profiles
from agent.configuration.refusal import in_words
from drivers.files import PRIVATE_FOLDER, make_folder, replace_file

log = logging.getLogger(__name__)

NAME, PROFILES = "last-good.json", "last-good-profiles"


class _Kept(Struct, frozen=True):
    """
    Args:
        file: whose configuration it was, with all links followed.
        healthy: whether it has run for long enough without a part that failed; else it has but started.
        config: all of it, the rules of other files included.
        profiles: texts of the technician's own profiles that it names.
        named: what the daemon was told that file is, which may be a link that leads nowhere by now; "": not known.
    """

    file: str
    digest: str
    healthy: bool
    config: msgspec.Raw
    profiles: dict[str, str]
    named: str = ""


class LastGood:
    """One is kept. One that has but started gives way to any other; one that ran well only to another that did.

    Args:
        folder: where.
        file: the configuration file; that of another file is none.
        kind: struct of the configuration.
    """

    def __init__(self, folder: Path, file: Path, kind: type[Config]) -> None:
        self._folder, self._kind = folder, kind
        self._file, self._named = os.path.realpath(file), str(file.absolute())

    def keep(self, config: Config, *, healthy: bool) -> None:
        """Raises FolderRefuses or ValueError where it cannot be written; what was kept is kept."""
        digest, before = stored.digest_of(config), self._kept()
        if before is not None and (before.healthy > healthy or (before.healthy, before.digest) == (healthy, digest)):
            return
        raw = msgspec.Raw(stored.encoded(config))
        kept = _Kept(self._file, digest, healthy, raw, _profiles(config), self._named)
        stored.write(self._folder / NAME, kept)

    def load(self, *, restores: bool = True) -> tuple[Config, str] | None:
        """Returns it with its digest, and with the register maps of then; None: there is none that can be read.

        Args:
            restores: these maps are written beside it; else the present ones are named.
        """
        kept = self._kept()
        if kept is None:
            return None
        try:
            config = stored.decoded(bytes(kept.config), self._kind)
        except ValueError as error:
            log.error("the last good configuration cannot be read by this version of lamppost: %s", error)
            return None
        if stored.digest_of(config) != kept.digest:
            log.error("the last good configuration is damaged")
            return None
        return (self._with_profiles(config, kept.profiles) if kept.profiles and restores else config), kept.digest

    def readable(self) -> Config | None:
        """Returns it for a command beside the daemon; None: there is none that this user may read."""
        try:
            kept = stored.read(self._folder / NAME, _Kept)
            if kept is None or not self._is_of_file(kept):
                return None
            return stored.decoded(bytes(kept.config), self._kind)
        except (OSError, ValueError):
            return None

    def _kept(self) -> _Kept | None:
        try:
            kept = stored.read(self._folder / NAME, _Kept)
        except (OSError, ValueError) as error:
            log.error("the last good configuration cannot be read: %s", error)
            return None
        return kept if kept is not None and self._is_of_file(kept) else None

    def _is_of_file(self, kept: _Kept) -> bool:
        return kept.file == self._file or kept.named == self._named

    def _with_profiles(self, config: Config, texts: dict[str, str]) -> Config:
        """What the technician has changed since may be what is wrong."""
        own = self._folder / PROFILES
        try:
            with in_words(own):
                for name, text in texts.items():
                    path = own / f"{name}.toml"
                    stored.refuse_links(path, above=len(path.relative_to(self._folder).parts))
                    make_folder(path.parent, PRIVATE_FOLDER)
                    replace_file(path, text.encode())
        except OSError as error:
            log.error("register maps of the last good configuration cannot be written: %s", error)
            return config
        return structs.replace(config, pole=structs.replace(config.pole, profiles_dir=str(own)))


def _profiles(config: Config) -> dict[str, str]:
    """Returns the texts of the technician's own register maps that devices name."""
    return {name: path.read_text(encoding="utf-8") for name, path in own_profiles(config).items()}


def is_kept_in(folder: Path) -> bool:
    """Whether something lies there that may be one; nothing is told of a folder that is not to be looked into."""
    return os.path.lexists(folder / NAME)
