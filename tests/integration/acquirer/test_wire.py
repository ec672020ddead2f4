"""What is sent to the acquirer, and what is made of answers that are not in its documentation."""

from time import monotonic

import pytest

from adapters.acquirer.processor import AcquirerProcessor
from core.domain.errors import Unavailable
from tests.contracts.processor import GOOD, RUPEES, key
from tests.integration.acquirer.listener import hearing
from tests.integration.acquirer.service import Service, speaking_to
from tests.integration.acquirer.test_faults import charge, reason


async def test_a_wrong_token_says_nothing_about_the_money(acquirer: Service) -> None:
    stranger = AcquirerProcessor(acquirer.url, "another-token")
    assert await reason(stranger, key()) == "processor_refused"
    assert not stranger.circuit.is_open
    await stranger.aclose()


async def test_nobody_there_is_silence() -> None:
    async with speaking_to("http://127.0.0.1:1") as processor:
        assert await reason(processor, key()) == "processor_silent"


async def test_a_host_that_takes_no_connections_is_given_up_early() -> None:
    async with speaking_to("http://192.0.2.1", timeout_s=5.0, connect_timeout_s=0.2) as processor:
        began_s = monotonic()
        assert await reason(processor, key()) == "processor_silent"
        assert monotonic() - began_s < 2


ANSWERS = [
    b"",
    b"HTTP/1.1 200",
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"HTTP/1.1 999999 X\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{",
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: application/jsonp\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 402 Payment Required\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
]


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
async def test_no_answer_that_is_not_documented_ends_anything(answer: bytes) -> None:
    async with hearing(answer) as (url, heard), speaking_to(url) as processor:
        with pytest.raises(Unavailable):
            await charge(processor, key())
        with pytest.raises(Unavailable):
            await processor.find(key(), token=GOOD, reference="ref/../1")
    assert len(heard) == 2


async def test_what_is_sent(acquirer: Service) -> None:
    async with hearing(b"HTTP/1.1 500 X\r\n\r\n") as (url, heard), speaking_to(url) as processor:
        with pytest.raises(Unavailable):
            await processor.capture("a/b c?", RUPEES, key="op_0VJ8h1Xc9dE3fG5h")
        with pytest.raises(Unavailable):
            await processor.find("op_0VJ8h1Xc9dE3fG5h", token="upi:asha@okbank", reference="")
    capture, find = (text.decode() for text in heard)
    assert capture.startswith("POST /v1/authorizations/a%2Fb%20c%3F/captures HTTP/1.1\r\n")
    assert "\r\nIdempotency-Key: op_0VJ8h1Xc9dE3fG5h\r\n" in capture
    assert "\r\nAuthorization: Bearer the-token\r\n" in capture
    assert capture.endswith('{"amount": 50000, "currency": "INR"}')
    assert find.startswith("GET /v1/operations/op_0VJ8h1Xc9dE3fG5h HTTP/1.1\r\n"), "no VPA in an address"
    assert "Idempotency-Key" not in find
