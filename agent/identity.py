"""The store bears the name of its pole: what one pole wrote is never told as another's."""

import logging
import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Raw, Struct

from agent.store import Store, StoreError
from agent.uplink.dialects.topics import TopicOptions

log = logging.getLogger(__name__)

KEY = "store_identity"

_MARK = ".of-"
_NAME = re.compile(r"[^.]+\.[^.]+(\.\d+)?")
_BESIDE = ("-wal", "-shm")


class Identity(Struct, frozen=True):
    """The pole that writes a store, and under which topics it spoke."""

    site: str
    pole: str
    topics: TopicOptions = TopicOptions()

    @property
    def name(self) -> tuple[str, str]:
        return self.site, self.pole


async def claim(store: Store, own: Identity, formerly: str | None = None, carried: Iterable[str] = ()) -> None:
    """Make sure that the store is this pole's; one of another name is set aside, and a new one begun.

    Args:
        formerly: id of this pole before it was renamed: what is `carried` of a store of that name goes on.
        carried: what the keys of states begin with that are not the old name's.

    Raises StoreError where it cannot be: then this pole does not start.
    """
    before, states = await store.load(KEY, Identity), dict[str, Struct | Raw | None]()
    if before is not None and before.name != own.name:
        if before.name == (own.site, formerly):
            states = {key: await store.load(key, Raw) for each in carried for key in await store.keys(each)}
        target = _free(store.path, before)
        log.warning("the store is of %s/%s, and this is %s/%s: moved to %s", *before.name, *own.name, target.name)
        await store.set_aside(target)
    if before != own:
        try:
            await store.commit((), {**states, KEY: own})
        except StoreError as error:
            log.warning("whose store it is was not written, and is at the next start: %s", error)


def left_behind(path: Path) -> list[Path]:
    """Stores of other names that lie beside this one, and have not been told to the end."""
    begin = path.name + _MARK
    found = [each for each in path.parent.iterdir() if each.name.startswith(begin) and not each.name.endswith(_BESIDE)]
    return sorted(each for each in found if _NAME.fullmatch(each.name.removeprefix(begin)))


def _free(path: Path, of: Identity) -> Path:
    """Finds a free path for the store of `of`; one that lies there already stays."""
    target = path.with_name(f"{path.name}{_MARK}{of.site}.{of.pole}")
    number = 2
    while target.exists() or target.with_name(target.name + ".archived").exists():
        target = path.with_name(f"{path.name}{_MARK}{of.site}.{of.pole}.{number}")
        number += 1
    return target
