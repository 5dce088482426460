"""Ed25519 (RFC 8032): whether a command is from who holds the key. The library is loaded when the first one comes."""

import base64
import binascii
import importlib.util
from typing import Literal, NamedTuple

from drivers.translation import _

KEY_BYTES = 32


class Unbelieved(NamedTuple):
    """Why a message is not believed.

    Args:
        words: for who sent it.
    """

    because: Literal["unsigned", "unverifiable", "bad_signature"]
    words: str


def mistake(key: str) -> str | None:
    """What is wrong with a public key as the configuration has it; None: nothing."""
    try:
        size = len(base64.b64decode(key, validate=True))
    except binascii.Error:
        return _("it is not base64")
    if size == KEY_BYTES:
        return None
    return _("it has {size} bytes, an Ed25519 key {right}").format(size=size, right=KEY_BYTES)


def has_library() -> bool:
    """Whether signatures can be verified on this box."""
    return importlib.util.find_spec("cryptography") is not None


def refusal(key: str, signed: bytes, signature: bytes | None, table: str = "uplink") -> Unbelieved | None:
    """Why a message is not believed; None: its signature is right.

    Args:
        key: sound, as `mistake` has it.
        table: of the configuration, where the key stands.
    """
    if signature is None:
        what = _("it is not signed, and this pole has a command_key under [{table}]")
        return Unbelieved("unsigned", what.format(table=table))
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        what = _("this pole cannot verify a signature: the Python package {package} is not installed")
        return Unbelieved("unverifiable", what.format(package="cryptography"))
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(signature, signed)
    except (InvalidSignature, ValueError):
        what = _("its signature is not that of the command_key under [{table}]")
        return Unbelieved("bad_signature", what.format(table=table))
    return None
