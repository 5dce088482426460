from drivers.mqtt.message import Asked, Received
from drivers.mqtt.waiting import Waiting


def _message(n: int, size: int) -> Received:
    return Received(
        topic="t",
        payload=b"x" * size,
        qos=0,
        retain=False,
        arrived_s=0.0,
        mid=n,
        asked=Asked("rt", b"cde", (("a", "bc"),)),
    )


def test_messages_leave_as_they_came_and_their_bytes_are_counted() -> None:
    waiting = Waiting()
    messages = [_message(n, 1000 * n) for n in range(5)]
    for message in messages:
        waiting.append(message)
    assert len(waiting) == 5 and waiting.bytes == sum(1024 + 1 + 1000 * n + 8 for n in range(5))
    assert [waiting.popleft() for _ in messages] == messages
    assert (len(waiting), waiting.bytes) == (0, 0)
