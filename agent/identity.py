"""The store bears the name of its pole: what one pole wrote is never told as another's."""

import logging
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from msgspec import Raw, Struct, json

from agent.store import Store, StoreError
from agent.store.file.copy import StoreCopy
from agent.uplink.dialects.topics import TopicOptions

log = logging.getLogger(__name__)

KEY = "store_identity"
TOPICS = "old_topics/"
"""The keys of topics under which the pole spoke before begin so."""

Changes = Mapping[str, Struct | Raw | None]

_MARK = ".of-"
_NAME = re.compile(r"[^.]+\.[^.]+(\.\d+)?")
_BESIDE = ("-wal", "-shm", "-journal")


class Identity(Struct, frozen=True):
    """The pole that writes a store, and under which topics it spoke.

    Args:
        topics: of [uplink] itself; None: there was none without a name.
        uplinks: of those with a name.
    """

    site: str
    pole: str
    topics: TopicOptions | None = TopicOptions()
    uplinks: dict[str, TopicOptions] = {}

    @property
    def name(self) -> tuple[str, str]:
        return self.site, self.pole

    @property
    def spoken(self) -> dict[str, TopicOptions]:
        """Returns the topics by the name of the uplink."""
        return {**({} if self.topics is None else {"": self.topics}), **self.uplinks}


async def claim(store: Store, own: Identity, formerly: str | None = None, carried: Iterable[str] = ()) -> None:
    """Make sure that the store is this pole's; one of another name is set aside, and a new one begun.

    Topics under which it spoke before are noted beside the name, for who clears what is retained there.

    Args:
        formerly: id of this pole before it was renamed: what is `carried` of a store of that name goes on.
        carried: what the keys of states begin with that are not the old name's.

    Raises StoreError where it cannot be: then this pole does not start.
    """
    if (await store.status()).blind:
        # Whose it is stands in the file, and is looked at when that can be read at a start.
        return
    before = await store.load(KEY, Identity)
    if before is not None and before.name == own.name:
        if before != own:
            await _note(store, own, _left(before.spoken, own.spoken))
        return
    if before is not None:
        target = _free(store.path, before)
        log.warning("the store is of %s/%s, and this is %s/%s: moved to %s", *before.name, *own.name, target.name)
        await store.set_aside(target)
    # Of the file, not from before it was moved: who was killed in between takes it along at the next start.
    taken = await _left_by((own.site, formerly), store, tuple(carried)) if formerly is not None else {}
    if taken:
        await store.commit((), {**taken, KEY: own})
    else:
        await _note(store, own, {})


async def _note(store: Store, own: Identity, states: Changes) -> None:
    try:
        await store.commit((), {**states, KEY: own})
    except StoreError as error:
        log.warning("whose store it is was not written, and is at the next start: %s", error)


def _left(before: Mapping[str, TopicOptions], own: Mapping[str, TopicOptions]) -> dict[str, Struct | Raw | None]:
    """What of the topics of before something may be retained under, each at a broker that is still spoken to."""
    both = before.keys() & own.keys()
    old = {topics_key(before[name], name): before[name] for name in both}
    return {**old, **{topics_key(own[name], name): None for name in both}}


def topics_key(topics: TopicOptions, uplink: str = "") -> str:
    """Returns the key of templates that were in use before; the same for those that make the same retained topics."""
    begin = f"{TOPICS}{uplink}/" if uplink else TOPICS
    return begin + sha256(json.encode((topics.status, topics.state))).hexdigest()[:16]


def uplink_of(key: str) -> str:
    """Returns the name of the uplink whose topics stand under that key."""
    return key.removeprefix(TOPICS).rpartition("/")[0]


async def _left_by(name: tuple[str, str], store: Store, carried: tuple[str, ...]) -> Changes:
    """What is carried of the store that was set aside last under that name, but for what this one has."""
    present = {key for each in carried for key in await store.keys(each)}
    for path in sorted(left_behind(store.path), key=lambda each: (len(each.name), each.name), reverse=True):
        try:
            with StoreCopy(path) as copy:
                whose = copy.load(KEY, Identity)
                if whose is not None and whose.name == name:
                    keys = {key for each in carried for key in copy.keys(each)} - present
                    return {key: copy.load(key, Raw) for key in sorted(keys)}
        except StoreError as error:
            log.error("what the devices of %s/%s had is not taken along: %s", *name, error)
    return {}


def left_behind(path: Path) -> list[Path]:
    """Stores of other names that lie beside this one, and have not been told to the end."""
    begin = path.name + _MARK
    try:
        beside = list(path.parent.iterdir())
    except OSError as error:
        log.warning("what lies beside the store cannot be seen: %s", error)
        return []
    found = [each for each in beside if each.name.startswith(begin) and not each.name.endswith(_BESIDE)]
    return sorted(each for each in found if _NAME.fullmatch(each.name.removeprefix(begin)))


def _free(path: Path, of: Identity) -> Path:
    """Finds a free path for the store of `of`; one that lies there already stays."""
    target = path.with_name(f"{path.name}{_MARK}{of.site}.{of.pole}")
    number = 2
    while target.exists() or target.with_name(target.name + ".archived").exists():
        target = path.with_name(f"{path.name}{_MARK}{of.site}.{of.pole}.{number}")
        number += 1
    return target
