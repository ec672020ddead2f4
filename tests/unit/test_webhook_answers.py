"""What a receiver may say on a connection, and when the next answer may follow."""

import pytest

from adapters.http.answer import BODY_BYTES, HEAD_BYTES, Answer, Garbled
from adapters.http.stopwatch import Stopwatch

pytestmark = pytest.mark.asyncio
HEAD = b"HTTP/1.1 200 OK\r\n"


def heard(*pieces: bytes) -> Answer:
    answer = Answer(Stopwatch())
    for piece in pieces:
        answer.feed(piece)
    return answer


@pytest.mark.parametrize(
    ("said", "status", "body"),
    [
        (HEAD + b"Content-Length: 2\r\n\r\nok", 200, b"ok"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, b"ok"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", 304, b""),
        (b"HTTP/1.1 100 Continue\r\nX-Not: it\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\nok", 200, b"ok"),
        # as Apache says it
        (HEAD + b"Upgrade: h2\r\nConnection: Upgrade, Keep-Alive\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        # as a shell script says it
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, b"ok"),
    ],
)
async def test_whole_answers_after_which_another_may_follow(said: bytes, status: int, body: bytes) -> None:
    bytewise = [said[n : n + 1] for n in range(len(said))]
    for answer in (heard(said), heard(*bytewise)):
        assert (answer.status, answer.body, answer.is_whole, answer.may_follow) == (status, body, True, True)
        assert not any(name == b"X-Not" for name, _ in answer.headers)


@pytest.mark.parametrize(
    "said",
    [
        HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\nok",
        HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\nok, and more",
        HEAD + b"Content-Length: 2\r\n\r\nok" + HEAD + b"Content-Length: 7\r\n\r\nanother",
        HEAD + b"Content-Length: 2\r\n\r\nok" + HEAD,
        HEAD + b"Content-Length: 2\r\n\r\nokSSH-2.0",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_whole_answers_after_which_the_connection_is_spoilt(said: bytes) -> None:
    answer = heard(said)
    assert (answer.status, answer.is_whole, answer.may_follow) == (200, True, False)
    assert answer.body == b"ok"


async def test_a_body_may_end_with_the_connection() -> None:
    answer = heard(HEAD + b"\r\n", b"so", b" far")
    assert not answer.is_whole
    answer.end()
    assert (answer.body, answer.is_whole, answer.may_follow) == (b"so far", True, False)


@pytest.mark.parametrize("said", [b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\nhalf"])
async def test_others_may_not(said: bytes) -> None:
    answer = heard(said)
    with pytest.raises(Garbled):
        answer.end()


async def test_we_have_heard_enough() -> None:
    answer = heard(HEAD + b"Content-Length: 1000000\r\n\r\n", b"x" * BODY_BYTES)
    assert not answer.is_whole
    answer.feed(b"x" * 100_000)
    assert (len(answer.body), answer.is_whole, answer.may_follow) == (BODY_BYTES + 1, True, False)


async def test_a_long_body_that_has_come_to_its_end_spoils_nothing_unread() -> None:
    answer = heard(HEAD + b"Content-Length: 5000\r\n\r\n" + b"x" * 5_000)
    assert (answer.is_whole, answer.may_follow) == (True, False)


@pytest.mark.parametrize(
    "piece", [b"X: " + b"x" * 1_000 + b"\r\n", b"\r\nHTTP/1.1 100 Continue\r\nX: " + b"x" * 1_000 + b"\r\n"]
)
async def test_a_head_is_bounded(piece: bytes) -> None:
    with pytest.raises(Garbled):
        heard(b"HTTP/1.1 100 Continue\r\n", *[piece] * (HEAD_BYTES // 1_000 + 1))


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
        HEAD + b"Content-Length: -2\r\n\r\nok",
    ],
)
async def test_garble(said: bytes) -> None:
    with pytest.raises(Garbled):
        heard(said)


async def test_trailers_are_no_headers() -> None:
    answer = heard(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nRetry-After: 60\r\n\r\n")
    assert answer.is_whole and answer.headers == [(b"Transfer-Encoding", b"chunked")]


@pytest.mark.parametrize("endless", [b"a: b\r\n" * 1_000, b"a" * 8_000, b"0" * 8_000])
async def test_what_is_no_body_may_not_go_on_for_ever_behind_it(endless: bytes) -> None:
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"
    begun = head + (b"" if endless[:1] == b"0" else b"0\r\na: b")
    with pytest.raises(Garbled):
        heard(begun, *[endless] * (HEAD_BYTES // 5_000))


async def test_a_body_in_many_reads_is_no_head() -> None:
    answer = heard(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1;" + b"x" * 6_000 + b"\r\no\r\n"] * 40)
    assert answer.body == b"o" * 40
