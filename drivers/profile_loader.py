"""Loads profiles of one kind: files of tables that are judged, and then serve every device that names them."""

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from drivers import profile_files
from drivers.mistakes import Mistake, ProfileError, raise_all, wrong_tables
from drivers.options import decode
from drivers.translation import _

SHIPPED = Path(__file__).parent / "profiles"

Tables = TypeVar("Tables", bound=Struct)
Profile = TypeVar("Profile", bound=Struct)


class ProfileLoader(Generic[Tables, Profile]):
    """The profiles of one kind.

    Args:
        schema: of a file.
        checks: what is wrong with tables of the right types.
        vectors: what their own test vectors show to be wrong.
        build: the profile, of its name and its tables without a mistake.
        folder: that has them, among those that are shipped and among the technician's own; "": the one of all.
        wrong_types: what is wrong with the types and keys of a file; None: as `schema` says.
    """

    def __init__(
        self,
        schema: type[Tables],
        checks: Callable[[Tables], Iterable[Mistake]],
        vectors: Callable[[Tables], Iterable[Mistake]],
        *,
        build: Callable[[str, Tables], Profile],
        folder: str = "",
        wrong_types: Callable[[dict[str, Any]], Iterable[Mistake]] | None = None,
    ) -> None:
        self._schema, self._checks, self._vectors, self._build = schema, checks, vectors, build
        self._wrong_types = wrong_types or partial(wrong_tables, schema=schema)
        self._folder, self.shipped = folder, SHIPPED / folder
        self._judged = lru_cache(maxsize=64)(self._judge)

    def names(self, own_dir: Path | None = None) -> tuple[str, ...]:
        """All profiles that `find` finds, in order.

        Args:
            own_dir: the technician's own profiles of all kinds.
        """
        return profile_files.names(self._own(own_dir), self.shipped)

    def _own(self, own_dir: Path | None) -> Path | None:
        return own_dir / self._folder if own_dir is not None else None

    def find(self, name: str, own_dir: Path | None = None) -> Profile | None:
        """The profile of that name; one of the technician's own goes before a shipped one. None: there is none.

        Raises:
            ProfileError: it is wrong: every mistake with file and line.
        """
        path = self.path_of(name, own_dir)
        if path is None:
            return None
        judged = self._judged(path, profile_files.text_of(path, self.shipped))
        if isinstance(judged, str):
            raise ProfileError(judged)
        return judged

    def load(self, name: str, own_dir: Path | None = None) -> Profile:
        """The profile of that name; one of the technician's own goes before a shipped one.

        Raises:
            ProfileError: there is none, or it is wrong: every mistake with file and line.
        """
        found = self.find(name, own_dir)
        if found is None:
            what = _('there is no profile "{name}"; there are {known}')
            raise ProfileError(what.format(name=name, known=", ".join(self.names(own_dir))))
        return found

    def path_of(self, name: str, own_dir: Path | None) -> Path | None:
        """The file of a profile; None: there is none."""
        return profile_files.find(name, self._own(own_dir), self.shipped) if name in self.names(own_dir) else None

    def _judge(self, path: Path, text: str) -> Profile | str:
        """The profile, or every mistake. Each text is judged once: many devices share one, and several checks ask."""
        try:
            return self._build(path.stem, self.tables_of(path, text))
        except ProfileError as error:
            return str(error)

    def tables_of(self, path: Path, text: str) -> Tables:
        """The tables of a file whose vectors come out as they say. Raises ProfileError."""
        given = profile_files.parsed(path, text)
        raise_all(path, text, self._wrong_types(given))
        tables = msgspec.convert(given, self._schema, dec_hook=decode)
        raise_all(path, text, self._checks(tables))
        raise_all(path, text, self._vectors(tables))
        return tables
