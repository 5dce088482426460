"""The login that a camera asks for: Digest (RFC 7616), or Basic (RFC 7617) where it knows no other (pure)."""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from typing import NamedTuple

from drivers.camera.access import Access
from drivers.camera.stream_url import StreamUrl

_HASHES: Mapping[str, Callable[[bytes], "hashlib._Hash"]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
MOST_STALE = 3
"""Nonces in a row that may be over before one is taken."""

_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')


class Login(NamedTuple):
    """A user of the camera."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.user!r}, ***)"


def login_of(address: StreamUrl, access: Access) -> Login | None:
    """Returns the login that was given beside the address, else the one in it; None: there is none."""
    if access.username:
        return Login(access.username, access.password)
    return Login(address.user, address.password) if address.user or address.password else None


class Digest(NamedTuple):
    """What the camera challenges with; each nonce is used with a count that grows."""

    realm: str
    nonce: str
    algorithm: str
    opaque: str
    has_qop: bool
    is_stale: bool = False

    def answer(self, login: Login, method: str, url: str, count: int, own_nonce: str = "") -> str:
        """Returns the value of the header Authorization."""
        hash_of = _HASHES[self.algorithm]

        def hexed(*parts: str) -> str:
            return hash_of(":".join(parts).encode()).hexdigest()

        own_nonce = own_nonce or secrets.token_hex(8)
        secret, asked = hexed(login.user, self.realm, login.password), hexed(method, url)
        counted = (f"{count:08x}", own_nonce, "auth") if self.has_qop else ()
        said = {"username": login.user, "realm": self.realm, "nonce": self.nonce, "uri": url}
        said["response"] = hexed(secret, self.nonce, *counted, asked)
        said |= {"opaque": self.opaque} if self.opaque else {}
        text = ", ".join(f"{name}={_quoted(value)}" for name, value in said.items())
        text += f", algorithm={self.algorithm}" if self.algorithm != "MD5" else ""
        return f"Digest {text}" + (f', qop=auth, nc={counted[0]}, cnonce="{own_nonce}"' if counted else "")


def basic(login: Login) -> str:
    """Returns the value of the header Authorization."""
    return "Basic " + base64.b64encode(f"{login.user}:{login.password}".encode()).decode()


class Authorization:
    """Answers to the challenges of one connection."""

    def __init__(self, login: Login | None) -> None:
        self._login = login
        self._digest: Digest | None = None
        self._is_basic = False
        self._count = self._stale = 0

    def challenged(self, header: str) -> bool:
        """Takes a WWW-Authenticate, its challenges on lines of their own; whether another try makes sense."""
        if self._login is None:
            return False
        digest = _strongest(header)
        if digest is None:
            was_basic, self._is_basic = self._is_basic, bool(re.search(r"(?im)^\s*basic\b", header))
            return self._is_basic and not was_basic
        is_new = self._is_worth_another(digest)
        self._digest, self._count = digest, 0 if is_new else self._count
        return is_new

    def _is_worth_another(self, digest: Digest) -> bool:
        """Most cameras refuse a login by another nonce each time. It is over, and the login right, if they say so
        (stale), or have taken it once."""
        if self._digest is None or digest.nonce == self._digest.nonce:
            return self._digest is None
        was_taken = self._count > 1
        self._stale = 0 if was_taken else self._stale + 1
        return was_taken or (digest.is_stale and self._stale <= MOST_STALE)

    def header(self, method: str, url: str) -> dict[str, str]:
        if self._login is None or not (self._digest or self._is_basic):
            return {}
        if self._digest is None:
            return {"Authorization": basic(self._login)}
        self._count += 1
        return {"Authorization": self._digest.answer(self._login, method, url, self._count)}


def _strongest(header: str) -> Digest | None:
    """Returns the challenge of Digest with the strongest hash that we know; None: there is none."""
    found = [_digest(each) for each in re.split(r"(?im)^\s*digest\s+", header)[1:]]
    known = [each for each in found if each.algorithm in _HASHES]
    return max(known, key=lambda each: list(_HASHES).index(each.algorithm), default=None)


def _digest(text: str) -> Digest:
    said = {name.lower(): _plain(quoted) if quoted else bare for name, quoted, bare in _PARAMETER.findall(text)}
    qop = re.split(r"[\s,]+", said.get("qop", ""))
    algorithm = said.get("algorithm", "MD5").upper()
    is_stale = said.get("stale", "").lower() == "true"
    return Digest(
        said.get("realm", ""), said.get("nonce", ""), algorithm, said.get("opaque", ""), "auth" in qop, is_stale
    )


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'
