"""Receivers that are plain functions, and a sender that calls them in place of the network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ports.webhook_sender import Response

ANSWER_CHARACTERS = 4096


@dataclass(frozen=True, slots=True)
class Request:
    """A POST as its receiver got it."""

    url: str
    body: bytes
    headers: Mapping[str, str]


Receiver = Callable[[Request], Response | int | Exception]


@dataclass
class MemoryWebhookSender:
    """See `ports.webhook_sender.WebhookSender`.

    `receivers["https://shop.example/hook"] = lambda request: 204` begins to listen; the answer may also be
    a whole `Response`, or an exception for no answer at all. `received` has every POST that found a
    receiver, in order. Where nobody listens, the connection is refused.
    """

    receivers: dict[str, Receiver] = field(default_factory=dict)
    received: list[Request] = field(default_factory=list)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        receiver = self.receivers.get(url)
        if receiver is None:
            return Response(None, "", 0, "Connection refused")
        request = Request(url, body, dict(headers))
        self.received.append(request)
        try:
            answer = receiver(request)
        except Exception as accident:
            answer = accident
        match answer:
            case Response():
                return replace(answer, body=answer.body[:ANSWER_CHARACTERS])
            case Exception():
                return Response(None, "", 0, str(answer) or type(answer).__name__)
            case status:
                return Response(status, "", 0, None)
