"""Masks the secrets in a text before it leaves the pole."""

import re
from collections.abc import Iterable
from typing import Any

from drivers.files import read_regular

MASK = "***"

LARGEST_BYTES = 64 * 1024
"""A file that a password stands in has no more."""

_LEAST_CHARACTERS = 4
"""A shorter secret would mask half of the words of a text."""

_SAID = re.compile(
    r"""(?ix) ( \b \w* (?: passw(?:or)?d | passphrase | secret | token | psk | (?:app|nwk|api|private)_?key ) ["']?
    \s* [:=] \s* ["']? ) [^\s"',;}\]]+"""
)
_IN_URL = re.compile(r"(\w+://)[^/\s\"']+@")


class Masks:
    """
    Args:
        secrets: values that are one, wherever they stand.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({each for each in secrets if len(each) >= _LEAST_CHARACTERS}, key=len, reverse=True)

    def text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return _SAID.sub(rf"\1{MASK}", _IN_URL.sub(rf"\1{MASK}@", text))

    def of(self, told: Any) -> Any:
        """The same for every text in what is JSON-able."""
        if isinstance(told, str):
            return self.text(told)
        if isinstance(told, dict):
            return {key: self.of(value) for key, value in told.items()}
        return [self.of(each) for each in told] if isinstance(told, list | tuple) else told


def in_files(files: Iterable[str | None]) -> list[str]:
    """The passwords in these files, as far as they can be read."""
    found = []
    for file in files:
        try:
            text = read_regular(file, LARGEST_BYTES).decode(errors="replace") if file else ""
        except OSError:
            continue
        found += [line.strip() for line in text.splitlines()]
    return found
