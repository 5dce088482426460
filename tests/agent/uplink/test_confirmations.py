"""What a consumer confirms, out of whatever bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json

from agent.uplink.confirmations import MAX_BYTES, Confirmation, confirmation


def test_a_number_and_ranges_above_it() -> None:
    assert confirmation(b'{"sequence": 17, "ranges": [[19, 20], [23, 23]], "consumer": "a"}') == Confirmation(
        17, ((19, 20), (23, 23)), "a"
    )
    assert confirmation(b'{"sequence": 0}') == Confirmation(0)


@pytest.mark.parametrize(
    "payload",
    [
        *(b"", b"17", b"{}", b'{"sequence": -1}', b'{"sequence": 1.5}', b'{"sequence": "1"}', b'{"sequence": true}'),
        *(b'{"sequence": 1e400}', b'{"sequence": 9007199254740993}', b'{"sequence": 1, "range": []}', b"\xff\xfe"),
        *(b'{"sequence": 1, "ranges": [[1]]}', b'{"sequence": 1, "ranges": [[2, -1]]}', b"[" * 5000),
        b'{"sequence": 1, "consumer": "two words"}',
        json.encode({"sequence": 1, "ranges": [[n, n] for n in range(501)]}),
    ],
)
def test_anything_else_is_none_and_says_why(payload: bytes) -> None:
    assert isinstance(confirmation(payload), str)


def test_what_is_long_or_old_is_none() -> None:
    assert "at most 16384" in str(confirmation(b'{"sequence": 1' + b" " * MAX_BYTES + b"}"))
    assert "retain" in str(confirmation(b'{"sequence": 1}', True))


@given(st.binary(max_size=200))
def test_promise_no_payload_raises(payload: bytes) -> None:
    assert isinstance(confirmation(payload), Confirmation | str)
