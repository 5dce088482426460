"""What the files of the pole were at the last look, and what of them is another now; pure."""

from collections.abc import Iterator, Mapping
from re import findall
from typing import cast

from msgspec import Struct, field

from agent.events.security import (
    CertificateChanged,
    ConfigurationEdited,
    SealedPart,
    SecurityData,
    SoftwareReplaced,
)
from agent.security.log import PREFIX

KEY = PREFIX + "seals"


class Software(Struct, frozen=True):
    """The version of lamppost, and the digest of its files."""

    version: str
    sha256: str


class Seal(Struct, frozen=True):
    """A certificate, a key or an authority.

    Args:
        file: its path.
        sha256: of its bytes; None: it cannot be read.
    """

    file: str
    sha256: str | None


class Seals(Struct, frozen=True):
    """All of one look; what is None was never looked at.

    Args:
        configuration: by path: digest of its bytes; None: it cannot be read.
        certificates: by table and key, "uplink/key_file".
    """

    configuration: dict[str, str | None] | None = None
    certificates: dict[str, Seal] | None = None
    software: Software | None = field(default=None)


def changes(before: Seals, now: Seals) -> Iterator[SecurityData]:
    """Yields what is another now; nothing of what was not looked at both times."""
    if before.configuration is not None and now.configuration is not None:
        yield from _edited(before.configuration, now.configuration)
    if before.certificates is not None and now.certificates is not None:
        yield from _replaced(before.certificates, now.certificates)
    if before.software is not None and now.software is not None:
        yield from _other_software(before.software, now.software)


def _edited(before: Mapping[str, str | None], now: Mapping[str, str | None]) -> Iterator[SecurityData]:
    for file in sorted({*before, *now}):
        then, present = before.get(file), now.get(file)
        if then != present:
            yield ConfigurationEdited(file=file, sha256=present, previous_sha256=then)


def _replaced(before: Mapping[str, Seal], now: Mapping[str, Seal]) -> Iterator[SecurityData]:
    for name in sorted({*before, *now}):
        present = now.get(name)
        if before.get(name) != present:
            table, _, part = name.rpartition("/")
            file = None if present is None else present.file
            yield CertificateChanged(table=table, part=cast(SealedPart, part), file=file)


def _other_software(before: Software, now: Software) -> Iterator[SecurityData]:
    """A later version is an update."""
    if before == now or _numbers(now.version) > _numbers(before.version):
        return
    yield SoftwareReplaced(
        reason="same_version" if now.version == before.version else "older_version",
        version=now.version,
        previous_version=before.version,
        sha256=now.sha256,
        previous_sha256=before.sha256,
    )


def _numbers(version: str) -> list[int]:
    return [int(each) for each in findall(r"\d+", version)]
