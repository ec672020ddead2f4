"""Events on their way to a developer's machine, which is a real socket."""

import asyncio
import json
import re
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from standardwebhooks import Webhook

from adapters.memory.webhook_sender import MemoryWebhookSender
from config.in_memory import work
from config.receivers import receivers
from core.domain.signing import hex_hmac, new_webhook_secret
from entrypoints.cli.develop.forwarding import Forward, body_of
from entrypoints.cli.develop.session import Session, _about
from entrypoints.cli.listening import free_port
from ports.webhook_sender import Response
from tests.contracts.webhook_sender import listening, read_post
from tests.unit.develop.world import WITHIN_S, World, until, working

SECRET = new_webhook_secret(bytes(range(32)))
Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


@dataclass
class Got:
    """What a receiver got."""

    body: bytes
    headers: dict[str, str]


def receiving(got: list[Got], status: int = 200) -> Any:
    async def serve(reader: Reader, writer: Writer) -> None:
        while True:
            got.append(Got(*await read_post(reader)))
            writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)

    return serve


async def test_an_event_arrives_as_its_delivery_does(world: World) -> None:
    sender = MemoryWebhookSender()
    sender.receivers["https://shop.example/hook"] = lambda request: 204
    world.gateway.sender.override(sender)
    await world.shop.post("webhook_endpoints", {"url": "https://shop.example/hook"})
    order = await world.shop.post("orders", {"amount": 500, "receipt": "₹ – “naïve” \u2028"})
    await world.shop.pay_by_upi(order["id"], "asha@okbank")
    await work(world.gateway)
    delivered = {sent.headers["webhook-id"]: sent for sent in sender.received}
    got: list[Got] = []
    async with listening(receiving(got)) as port, receivers(5.0) as reached:
        forward = Forward(reached, f"http://127.0.0.1:{port}/hook", SECRET, world.told.append)
        async with asyncio.timeout(WITHIN_S):
            assert {(await forward(event)).status for event in await world.all()} == {200}
    assert len(got) == len(delivered) == 4
    for one in got:
        sent = delivered[one.headers["webhook-id"]]
        assert one.body == sent.body
        assert {name.lower() for name in sent.headers} <= one.headers.keys()
        Webhook(SECRET).verify(one.body, one.headers)
        assert one.headers["x-webhook-signature"] == hex_hmac(SECRET, one.body)


async def test_a_receiver_that_restarts_gets_what_it_missed(world: World) -> None:
    await world.pay()
    event, port, got = (await world.all())[0], free_port(), list[Got]()
    async with receivers(5.0) as reached:
        forward = Forward(reached, f"http://127.0.0.1:{port}/hook", SECRET, world.told.append)
        forwarding = asyncio.create_task(forward(event))
        await until(lambda: bool(world.told))
        server = await asyncio.start_server(receiving(got), "127.0.0.1", port)
        async with asyncio.timeout(WITHIN_S):
            assert (await forwarding).status == 200
        server.close()
    assert [one.body for one in got] == [body_of(event)]
    assert world.told == [
        f"Nobody listens at http://127.0.0.1:{port}/hook; payment.created waits.",
        f"http://127.0.0.1:{port}/hook listens again.",
    ]


async def test_a_receiver_that_hangs_up_is_not_waited_for(world: World) -> None:
    async def hang_up(reader: Reader, writer: Writer) -> None:
        await read_post(reader)

    await world.pay()
    async with listening(hang_up) as port, receivers(5.0) as reached:
        forward = Forward(reached, f"http://127.0.0.1:{port}/", SECRET, world.told.append)
        async with asyncio.timeout(WITHIN_S):
            response = await forward((await world.all())[0])
    assert (response.status, world.told) == (None, [])


async def test_a_session_shows_what_is_wanted_and_counts_it(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    got: list[Got] = []
    session = Session(["payment.[fs]*", "order.paid"], print_json=True)
    async with listening(receiving(got, 500)) as port, receivers(5.0) as reached, working(world.gateway):
        forward = Forward(reached, f"http://127.0.0.1:{port}/", SECRET, world.told.append)
        listening_ = asyncio.create_task(session(world.events(), forward))
        await until(lambda: "Forwarding to" in capsys.readouterr().err)
        await world.pay()
        await until(lambda: "forwarded: 2" in session.summary())
        listening_.cancel()
        await asyncio.wait([listening_])
    shown = capsys.readouterr().out.splitlines()
    lines, bodies = shown[::2], shown[1::2]
    expected = (await world.all())[2:]
    assert [line.split("\t")[1:5] for line in lines] == [
        [event["id"], event["event"], event["data"].get("payment", event["data"].get("order"))["id"], "500"]
        for event in expected
    ]
    assert [json.loads(body) for body in bodies] == expected
    assert session.summary() == "Events forwarded: 2 (0 accepted, 2 refused, 0 without an answer)."


@pytest.mark.parametrize(
    ("response", "shown", "summary"),
    [
        (Response(204, "", 7, None), "204  7 ms", "1 accepted, 0 refused, 0 without an answer"),
        (Response(302, "", 7, None), "302  7 ms", "0 accepted, 1 refused, 0 without an answer"),
        (
            Response(None, "", 7, "It hung up"),
            "It hung up  7 ms",
            "0 accepted, 0 refused, 1 without an answer",
        ),
    ],
)
def test_a_person_reads_aligned_lines(
    monkeypatch: pytest.MonkeyPatch, response: Response, shown: str, summary: str
) -> None:
    screen = Console(file=StringIO(), force_terminal=True, color_system=None, width=40)
    monkeypatch.setattr("entrypoints.cli.develop.session.out", screen)
    session = Session(["*"], print_json=False)
    event = {"id": "evt_1", "event": "order.paid", "data": {"order": {"id": "order_0123456789abcdef"}}}
    session._show(event, response)
    [line] = screen.file.getvalue().splitlines()  # type: ignore[attr-defined]  # it is the StringIO from above
    assert re.fullmatch(rf"\d\d:\d\d:\d\d  order\.paid {{17}}order_0123456789abcdef  {shown}", line)
    assert session.summary() == f"Events forwarded: 1 ({summary})."


@pytest.mark.parametrize(
    ("data", "about"),
    [
        ({"payment": {"id": "pay_1", "order_id": "order_1"}}, "pay_1"),
        ({"refund": {"id": "rfnd_1", "payment_id": "pay_1"}}, "pay_1"),
        ({"order": {"id": "order_1"}}, "order_1"),
        ({"webhook_endpoint": {"id": "we_1"}}, "we_1"),
        ({"message": "valid"}, "evt_1"),
        ({}, "evt_1"),
    ],
)
def test_a_line_names_what_the_event_is_about(data: dict[str, Any], about: str) -> None:
    assert _about({"id": "evt_1", "event": "some.thing", "data": data}) == about
