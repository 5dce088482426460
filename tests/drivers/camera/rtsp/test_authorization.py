"""Logins by the examples of the standards."""

import pytest

from drivers.camera.rtsp.authorization import Authorization, Digest, Login, basic

RFC_2617 = Login("Mufasa", "Circle Of Life")
RFC_7616 = Login("Mufasa", "Circle of Life")
OPAQUE_7616 = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"


def test_basic_by_rfc_7617() -> None:
    assert basic(Login("Aladdin", "open sesame")) == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert basic(Login("test", "123\u00a3")) == "Basic dGVzdDoxMjPCow=="


def test_digest_by_rfc_2617() -> None:
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    digest = Digest("testrealm@host.com", nonce, "MD5", "5ccc069c403ebaf9f0171e9517f40e41", True)
    said = digest.answer(RFC_2617, "GET", "/dir/index.html", 1, "0a4f113b")
    assert 'response="6629fae49393a05397450978507c4ef1"' in said
    assert 'qop=auth, nc=00000001, cnonce="0a4f113b"' in said


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digest_by_rfc_7616(algorithm: str, response: str) -> None:
    nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    digest = Digest("http-auth@example.org", nonce, algorithm, OPAQUE_7616, True)
    own = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    assert f'response="{response}"' in digest.answer(RFC_7616, "GET", "/dir/index.html", 1, own)


def test_the_strongest_that_is_known_is_taken_and_basic_only_where_there_is_no_other() -> None:
    known = Authorization(Login("u", "p"))
    assert known.challenged(
        'Basic realm="c"\nDigest realm="c", nonce="1"\nDigest realm="c", nonce="2", algorithm=SHA-256'
    )
    assert "algorithm=SHA-256" in known.header("PLAY", "rtsp://c/")["Authorization"]
    weak = Authorization(Login("u", "p"))
    assert weak.challenged('Basic realm="c"')
    assert weak.header("PLAY", "rtsp://c/")["Authorization"].startswith("Basic ")


def test_a_login_that_is_refused_is_tried_once_and_one_whose_nonce_is_over_again() -> None:
    known = Authorization(Login("u", "p"))
    assert known.challenged('Digest realm="c", nonce="1"')
    known.header("DESCRIBE", "rtsp://c/")
    assert not known.challenged('Digest realm="c", nonce="1"')
    assert not Authorization(None).challenged('Digest realm="c", nonce="1"')
    only_basic = Authorization(Login("u", "p"))
    assert only_basic.challenged('Basic realm="c"')
    assert not only_basic.challenged('Basic realm="c"')


def asked(known: Authorization, nonce: int, more: str = "") -> bool:
    """Whether another try makes sense once a question was refused by that nonce."""
    known.header("DESCRIBE", "rtsp://c/")
    return known.challenged(f'Digest realm="c", nonce="{nonce}"{more}')


def test_a_wrong_login_is_tried_once_with_a_camera_that_refuses_each_by_another_nonce() -> None:
    """gst-rtsp-server does that: without an end it would be asked some hundred times a second."""
    known = Authorization(Login("u", "p"))
    assert [asked(known, nonce) for nonce in (1, 2)] == [True, False]


def test_a_nonce_that_is_over_is_followed_by_the_next_one_but_not_for_ever() -> None:
    known = Authorization(Login("u", "p"))
    stale = ", stale=TRUE"
    assert [asked(known, nonce, stale) for nonce in range(5)] == [True, True, True, True, False]


def test_a_camera_whose_nonces_do_for_one_question_each_is_answered_to_the_end() -> None:
    known = Authorization(Login("u", "p"))
    assert asked(known, 0)
    for nonce in range(1, 9):
        known.header("DESCRIBE", "rtsp://c/")  # which is taken
        assert asked(known, nonce)


def test_a_quote_in_a_name_ends_nothing() -> None:
    said = Digest('a"b', "n", "MD5", "", False).answer(Login('x"y\\', "p"), "PLAY", "rtsp://c/", 1)
    assert r'username="x\"y\\"' in said
    assert r'realm="a\"b"' in said


def test_the_password_is_in_no_text_of_it() -> None:
    assert "gate7" not in f"{Login('u', 'gate7')!r} {Login('u', 'gate7')}"
