"""A key as the configuration has it."""

import base64

import pytest

from agent.uplink.signature import has_library, mistake, refusal

KEY = base64.b64encode(bytes(range(32))).decode()


def test_a_key_has_32_bytes_in_base64() -> None:
    assert mistake(KEY) is None
    assert mistake("no key!") == "it is not base64"
    assert mistake(base64.b64encode(b"short").decode()) == "it has 5 bytes, an Ed25519 key 32"
    assert has_library()


# RFC 8032, section 7.1, tests 2 and 3.
@pytest.mark.parametrize(
    ("key", "message", "signature"),
    [
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ],
)
def test_the_signatures_of_the_standard(key: str, message: str, signature: str) -> None:
    known, signed, by = (bytes.fromhex(each) for each in (key, message, signature))
    public = base64.b64encode(known).decode()
    assert refusal(public, signed, by) is None
    assert refusal(public, signed + b"x", by) is not None
    assert refusal(public, signed, by[:-1]) is not None
    assert refusal(public, signed, None) is not None
