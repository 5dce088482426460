"""Identities of places and groups: made once, kept in the store, and carried over by `formerly`."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from uuid import uuid4

from msgspec import Raw, Struct, structs

from agent.config.schema import Config
from agent.places.model import Places, Renamed, identified, places_of
from agent.store import Store, StoreError
from drivers.place import Named
from drivers.translation import _

log = logging.getLogger(__name__)

KEY = "identities"
REMEMBERED = 256
"""Identities that are kept of what is no longer in the configuration, for when it comes back."""

MOST_FORMER = 8

StateKeys = Mapping[str, Sequence[str]]
"""Kind of a place -> what the keys of its states begin with; the name stands behind the last "/"."""


class Identities(Struct, frozen=True):
    """The identities of every place and group that was ever there.

    Args:
        uuids: by kind and name ("bay/bay-1"), those of an earlier configuration first.
        present: which of them the last configuration had.
        former: the names that these had before ("bay/bay-1": "bay/b1"), the last one first: a configuration that
            knows nothing of the rename may come back.
    """

    uuids: dict[str, str] = {}
    present: tuple[str, ...] = ()
    former: dict[str, tuple[str, ...]] = {}


class Unknown(Struct, frozen=True):
    """A table that is new by its name, and of whose former name nothing is known either.

    Args:
        left: names of that kind of which something is known, and which no table has any more.
        other: table of another kind that has the former name now; "": none.
    """

    kind: str
    name: str
    formerly: str
    left: tuple[str, ...]
    other: str = ""

    def __str__(self) -> str:
        if self.other:
            what = _(
                '[{kind}.{name}] formerly: "{formerly}" is the name of [{other}]; its identity and states begin anew'
            )
            return what.format(kind=self.kind, name=self.name, formerly=self.formerly, other=self.other)
        what = _('[{kind}.{name}] formerly: nothing is known of "{formerly}", and its identity and states begin anew')
        known = ", ".join(f'"{each}"' for each in self.left)
        hint = "; " + _("known, and in no table: {names}").format(names=known) if known else ""
        return what.format(kind=self.kind, name=self.name, formerly=self.formerly) + hint


def unknown_former(before: Identities, config: Config) -> Iterator[Unknown]:
    """Former names of which nothing is known: of a table that was renamed twice, or by a slip of the pen. None where
    nothing is known of any (pure)."""
    wanted = dict(identified(config))
    for key, options in wanted.items():
        kind, _slash, name = key.partition("/")
        if options.formerly is None or not before.uuids or {key, f"{kind}/{options.formerly}"} & before.uuids.keys():
            continue
        if _came_from(key, options, before, wanted) is None:
            left = (each for each in before.uuids if each.startswith(f"{kind}/") and each not in wanted)
            other = next((each for each in wanted if each.partition("/")[2] == options.formerly), "")
            names = tuple(each.partition("/")[2] for each in left)
            yield Unknown(kind, name, options.formerly, names, other.replace("/", "."))


async def open_places(
    config: Config, store: Store, state_keys: StateKeys, new_uuid: Callable[[], str] = lambda: str(uuid4())
) -> Places:
    """The places and groups of a configuration; what is new or renamed is written first.

    A configuration from before a rename, which comes back, is a rename too. In one transaction with the identities,
    states of what is renamed go over to the new name, where that has none yet.
    On a disk that refuses or cannot be read, what is new has no identity yet, and is told without.

    Args:
        state_keys: of the kinds whose states are carried over.
    """
    known = await store.load(KEY, Identities) or Identities()
    for unknown in unknown_former(known, config):
        log.warning("%s", unknown)
    after, renamed = identities_after(known, config, new_uuid)
    if after == known or (await store.status()).blind:
        return places_of(config, known.uuids)
    try:
        await store.commit((), {KEY: after, **await _carried_over(renamed, store, state_keys)})
    except StoreError as error:
        log.error("identities of places are not written, and are made at the next start: %s", error)
        return places_of(config, known.uuids)
    for each in renamed:
        log.info("%s %s is now %s: identity and states go on", each.kind, each.before, each.now)
    return structs.replace(places_of(config, after.uuids), renamed=renamed)


def identities_after(
    before: Identities, config: Config, new_uuid: Callable[[], str]
) -> tuple[Identities, Sequence[Renamed]]:
    """Adds those of this configuration, and tells what is renamed in it (pure but for `new_uuid` and the log)."""
    uuids, renamed = dict(before.uuids), list[Renamed]()
    present: dict[str, str] = {}
    wanted = dict(identified(config))
    came_from = {key: _came_from(key, options, before, wanted) for key, options in wanted.items()}
    for key, old in came_from.items():
        if old is not None:
            kind, _, name = key.partition("/")
            renamed.append(Renamed(kind, old.partition("/")[2], name))
            uuids.pop(key, None)
        known = key if old is None else old
        present[key] = uuids.pop(known) if known in uuids else new_uuid()
    absent = dict(list(uuids.items())[-REMEMBERED:])
    former = {key: names for key, old in came_from.items() if (names := _former(key, old, before))}
    return Identities(absent | present, tuple(present), former), renamed


def _came_from(key: str, options: Named, before: Identities, wanted: Collection[str]) -> str | None:
    """Returns the key that it had in the configuration before; None: the same, or none."""
    old = None if options.formerly is None else f"{key.partition('/')[0]}/{options.formerly}"
    if old is not None and _takes_over(key, old, before):
        return old
    if key in before.uuids:
        return None
    renamed = (now for now in before.present if key in before.former.get(now, ()) and now not in wanted)
    return next(renamed, None)


def _former(key: str, old: str | None, before: Identities) -> tuple[str, ...]:
    """Returns the names that it had before this one."""
    if old is None:
        return before.former.get(key, ()) if key in before.present else ()
    names = (old, *before.former.get(old, ()))
    return names[names.index(key) + 1 :] if key in names else names[:MOST_FORMER]


def _takes_over(key: str, old: str, before: Identities) -> bool:
    """Whether the rename is new. One to a name that something else had until now is none: both would be one."""
    if key not in before.present:
        return old in before.uuids or not before.uuids
    if old in before.present:
        log.error('%s is not taken for what was %s: both were there before; remove "formerly"', key, old)
    return False


async def _carried_over(
    renamed: Iterable[Renamed], store: Store, state_keys: StateKeys
) -> Mapping[str, Struct | Raw | None]:
    """The states of what is renamed under their new keys, and none under the old."""
    states: dict[str, Struct | Raw | None] = {}
    for each in renamed:
        for prefix in state_keys.get(each.kind, ()):
            kept = await store.keys(prefix)
            for key in kept:
                folder, _, name = key.rpartition("/")
                moved = f"{folder}/{each.now}"
                if name == each.before and moved not in kept:
                    states |= {moved: await store.load(key, Raw), key: None}
    return states
