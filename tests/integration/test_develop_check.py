"""`gateway endpoints check` on receivers of every kind, on real sockets."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.http.inspection import Inspection
from adapters.http.public_only import PublicOnly
from adapters.http.webhook_sender import HttpWebhookSender
from adapters.system.chance import SystemChance
from adapters.system.clock import CalibratedClock
from config.receivers import Receivers, receivers
from core.domain.signing import hex_hmac, new_webhook_secret
from entrypoints.cli.develop.checkup import Checkup
from entrypoints.cli.develop.findings import Mark
from ports.webhook_sender import Response, WebhookSender
from tests.contracts.webhook_sender import Serve, listening, read_post
from tests.integration.test_webhook_sender import PUBLIC, Authority, Internet, Reader, Writer, authority

__all__ = ["authority"]

GOOD, WRONG, NOTE = Mark.GOOD, Mark.WRONG, Mark.NOTE
SECRET = new_webhook_secret(bytes(range(32)))
TIMEOUT_S = 0.5
Answer = Callable[[bytes, dict[str, str]], tuple[int, str]]
ALL_GOOD = {
    "Address": NOTE, "Connection": GOOD, "Genuine event": GOOD, "Same event again": GOOD, "Forged signature": GOOD,
    "No signature": GOOD, "Ten minutes old": GOOD, "Time": GOOD, "Length": GOOD,
}  # fmt: skip


def verified(body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(SECRET).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def careful(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """As the documents say to."""
    return (200 if verified(body, headers) else 401), ""


def hex_only(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    return (204 if headers.get("x-webhook-signature") == hex_hmac(SECRET, body) else 400), ""


def trusting(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    return 200, ""


def if_signed(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """Verifies only what claims to be signed."""
    return (200 if "webhook-signature" not in headers or verified(body, headers) else 400), ""


def once_only() -> Answer:
    seen: set[str] = set()

    def answer(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        if not verified(body, headers):
            return 400, ""
        known = headers["webhook-id"] in seen
        seen.add(headers["webhook-id"])
        return (409, "duplicate") if known else (200, "")

    return answer


def failing(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    return (200, "") if verified(body, headers) else (500, "Traceback …")


def broken(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    return 500, "KeyError: 'order'\nsecond line"


def talkative(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    return careful(body, headers)[0], "x" * 4096


def elsewhere(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    return 308, ""


def answering(answer: Answer) -> Serve:
    async def serve(reader: Reader, writer: Writer) -> None:
        while True:
            status, text = answer(*await read_post(reader))
            writer.write(b"HTTP/1.1 %d X\r\n" % status)
            if status != 204:
                writer.write(b"Content-Length: %d\r\n" % len(text.encode()))
            writer.write(b"\r\n" + text.encode())
            await writer.drain()

    return serve


async def hang(reader: Reader, writer: Writer) -> None:
    await asyncio.Event().wait()


async def close(reader: Reader, writer: Writer) -> None:
    await read_post(reader)


async def check(serve: Serve, secret: str = SECRET) -> dict[str, tuple[Mark, str]]:
    async with listening(serve) as port, receivers(TIMEOUT_S) as reached:
        return await findings(Checkup(reached, f"http://127.0.0.1:{port}/hook", secret))


async def findings(checkup: Checkup) -> dict[str, tuple[Mark, str]]:
    return {found.what: (found.mark, found.says) async for found in checkup()}


def marks(found: dict[str, tuple[Mark, str]]) -> dict[str, Mark]:
    return {what: mark for what, (mark, _) in found.items()}


@pytest.mark.parametrize(
    ("answer", "differs"),
    [
        (careful, {}),
        (trusting, {"Forged signature": WRONG, "No signature": WRONG, "Ten minutes old": WRONG}),
        (if_signed, {"No signature": WRONG}),
        (hex_only, {"Ten minutes old": WRONG}),
        (once_only(), {"Same event again": WRONG}),
        (failing, {"Forged signature": NOTE, "No signature": NOTE, "Ten minutes old": NOTE}),
        (talkative, {"Length": NOTE}),
    ],
)
async def test_what_differs_from_a_good_receiver_is_told(answer: Answer, differs: dict[str, Mark]) -> None:
    assert marks(await check(answering(answer))) == ALL_GOOD | differs


async def test_a_receiver_that_fails_has_proved_nothing_by_refusing() -> None:
    found = await check(answering(broken))
    assert found["Genuine event"][0] is WRONG
    assert "500 (“KeyError: 'order'”)" in found["Genuine event"][1]
    assert "Same event again" not in found
    for what in ("Forged signature", "No signature", "Ten minutes old"):
        assert found[what][0] is NOTE


async def test_another_secret_than_the_receivers_is_suspected() -> None:
    found = await check(answering(careful), new_webhook_secret(bytes(32)))
    assert found["Genuine event"][0] is WRONG
    assert "Is the secret right" in found["Genuine event"][1]
    assert found["Forged signature"] == (NOTE, "Answered 401, but it does not accept a genuine event either.")


async def test_a_redirect_is_wrong_wherever_it_comes() -> None:
    found = await check(answering(elsewhere))
    assert {what for what, (mark, says) in found.items() if mark is WRONG and "Redirects (308)" in says} == {
        "Genuine event", "Forged signature", "No signature", "Ten minutes old",
    }  # fmt: skip


async def test_who_hangs_is_asked_once() -> None:
    found = await check(hang)
    assert marks(found) == {"Address": NOTE, "Connection": GOOD, "Genuine event": WRONG}
    assert "No complete answer within 0.5 s" in found["Genuine event"][1]


async def test_who_hangs_up_is_told() -> None:
    found = await check(close)
    assert "closed before" in found["Genuine event"][1]


class Slow:
    """A sender whose exchanges take `duration_ms`, by its own account."""

    def __init__(self, sender: WebhookSender, duration_ms: int) -> None:
        self._sender, self._duration_ms = sender, duration_ms

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        return replace(await self._sender.post(url, body, headers), duration_ms=self._duration_ms)


@pytest.mark.parametrize(("duration_ms", "mark"), [(250, GOOD), (251, NOTE)])
async def test_slowness_is_noted_before_it_is_too_slow(duration_ms: int, mark: Mark) -> None:
    async with listening(answering(careful)) as port, receivers(TIMEOUT_S) as reached:
        slow = replace(reached, sender=Slow(reached.sender, duration_ms))
        found = await findings(Checkup(slow, f"http://127.0.0.1:{port}/", SECRET))
    assert found["Time"][0] is mark


async def test_without_the_secret_what_it_refuses_is_seen() -> None:
    found = await check(answering(careful), "")
    assert found["Genuine event"][0] is NOTE
    assert (found["Forged signature"][0], found["No signature"][0]) == (GOOD, GOOD)
    assert "Ten minutes old" not in found
    assert (await check(answering(trusting), ""))["Forged signature"][0] is WRONG


async def test_nobody_there() -> None:
    async with listening(hang) as port:
        pass
    async with receivers(TIMEOUT_S) as reached:
        found = await findings(Checkup(reached, f"http://127.0.0.1:{port}/", SECRET))
    assert found["Connection"] == (WRONG, "Connection refused.")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://shop.example/", "The URL must begin with https://."),
        ("https://10.0.0.1/", "The host is not on the public internet."),
        ("https://shop.example:0/", "Port 0 is not allowed."),
    ],
)
async def test_a_url_that_no_endpoint_may_have(url: str, says: str) -> None:
    async with receivers(TIMEOUT_S) as reached:
        assert await findings(Checkup(reached, url, SECRET)) == {"URL": (WRONG, says)}


# Elsewhere than on this machine: a name, an address and a certificate.


async def check_public(
    serve: Serve, server: Any, client: Any, *lookups: list[str]
) -> dict[str, tuple[Mark, str]]:
    async with listening(serve, ssl=server) as port:
        internet, clock = Internet(port, *lookups), CalibratedClock()
        network = internet.network()
        sender = HttpWebhookSender(clock, network, timeout_s=TIMEOUT_S, tls=client)
        inspection = Inspection(
            network, client, timeout_s=TIMEOUT_S, resolve=internet.resolve, connect=internet.connect
        )
        reached = Receivers(clock, SystemChance(), sender, inspection, TIMEOUT_S)
        try:
            return await findings(Checkup(reached, "https://shop.example/hook", SECRET))
        finally:
            await sender.aclose()


async def test_a_sound_certificate_is_told_with_its_end(authority: Authority) -> None:
    server = authority.server("shop.example", days_left=90)
    found = await check_public(answering(careful), server, authority.client())
    assert marks(found) == ALL_GOOD | {"Address": GOOD, "Certificate": GOOD}
    assert found["Address"][1] == f"{PUBLIC}, on the public internet."
    assert "TLSv1.3" in found["Connection"][1]
    assert found["Certificate"][1].startswith("Valid for 89 more days")


async def test_a_certificate_that_ends_soon_is_noted(authority: Authority) -> None:
    server = authority.server("shop.example", days_left=5)
    found = await check_public(answering(careful), server, authority.client())
    assert found["Certificate"][0] is NOTE


@pytest.mark.parametrize(
    ("certificate", "says"),
    [
        ({"host": "shop.example", "self_signed": True}, "TLS: self-signed certificate."),
        ({"host": "shop.example", "days_left": -1}, "TLS: certificate has expired."),
        ({"host": "other.example"}, "TLS: Hostname mismatch, certificate is not valid for 'shop.example'."),
    ],
)
async def test_a_bad_certificate_ends_it(authority: Authority, certificate: Any, says: str) -> None:
    server = authority.server(**certificate)
    found = await check_public(answering(careful), server, authority.client())
    assert found["Connection"] == (WRONG, says)
    assert list(found) == ["Address", "Connection"]


async def test_a_name_that_leads_inside_is_wrong(authority: Authority) -> None:
    server = authority.server("shop.example")
    found = await check_public(answering(careful), server, authority.client(), [PUBLIC, "10.0.0.1"])
    assert marks(found) == {"Address": WRONG}
    assert found["Address"][1].startswith("10.0.0.1 is not on the public internet")


async def test_a_name_that_nobody_knows() -> None:
    async def unknown(host: str) -> list[str]:
        return []

    network = PublicOnly(resolve=unknown)
    inspection = Inspection(network, None, timeout_s=TIMEOUT_S, resolve=unknown)  # type: ignore[arg-type]  # never used
    reached = Receivers(CalibratedClock(), SystemChance(), None, inspection, TIMEOUT_S)  # type: ignore[arg-type]  # never used
    found = await findings(Checkup(reached, "https://shop.example/", SECRET))
    assert found == {"Address": (WRONG, "The host name could not be resolved.")}


@pytest.mark.parametrize(("skip_verify", "status"), [(True, 200), (False, None)])
async def test_a_developers_own_certificate_is_taken_only_when_told_to(
    authority: Authority, skip_verify: bool, status: int | None
) -> None:
    server = authority.server("localhost", self_signed=True)
    async with (
        listening(answering(trusting), ssl=server) as port,
        receivers(5.0, skip_verify=skip_verify) as reached,
    ):
        assert (await reached.sender.post(f"https://localhost:{port}/", b"{}", {})).status == status
