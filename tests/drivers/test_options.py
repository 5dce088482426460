import pytest

from drivers.options import without_passwords


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/dev/video0", "/dev/video0"),
        ("rtsp://cam:554/Streaming/Channels/101", "rtsp://cam:554/Streaming/Channels/101"),
        ("rtsp://user:secret@10.0.0.9:554/main", "rtsp://(hidden)@10.0.0.9:554/main"),
        ("rtsp://user:s@cr\"'et@cam/main", "rtsp://(hidden)@cam/main"),
        ("rtsp://user:sec/ret@cam/main", "rtsp://(hidden)"),
        ("rtsp://user:sec?ret@cam/main", "rtsp://(hidden)"),
        ("rtsp://cam/main?user=admin&password=secret", "rtsp://cam/main?(hidden)"),
        ("rtsp://cam/user=admin_password=secret_stream=0.sdp", "rtsp://cam/(hidden)"),
        ("rtsp://[fe80::1]:554/main", "rtsp://[fe80::1]:554/main"),
        ('source = "rtsp://user:secret@cam/1"  # a camera', 'source = "rtsp://(hidden)@cam/1"  # a camera'),
        ("rtsp:user:secret@cam/1", "rtsp:(hidden)@cam/1"),
        ("l.toml:4: source: `rtsp:/user:secret@cam/1` is none", "l.toml:4: source: `rtsp:(hidden)@cam/1` is none"),
        ("//user:secret@cam/1", "//(hidden)@cam/1"),
        ("it sends us to '//user:secret@cam/1'", "it sends us to '//(hidden)@cam/1'"),
        ("/srv//street.mp4", "/srv//street.mp4"),
        ("mail: user@cam", "mail: user@cam"),
        ("rtsp://user:secret@cam/1: refused, rtsp://user:secret@cam/2", "rtsp://(hidden)"),
    ],
)
def test_an_address_is_shown_without_what_may_be_a_secret(text: str, shown: str) -> None:
    assert without_passwords(text) == shown
