"""Merchants' receivers, some of which misbehave."""

import asyncio
import hmac
import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random

from ports.webhook_sender import Response
from tests.simulation.port import Server

TIMEOUT_S = 5.0
GONE, BUSY = 410, 429


class Shops(Server):
    """See `ports.webhook_sender.WebhookSender`. Each URL has a mood of its own, which does not change."""

    def __init__(
        self,
        now: Callable[[], float],
        moody: float,
        chance: Random,
        tell: Callable[[str, str], None],
        accuse: Callable[[str], None],
    ) -> None:
        super().__init__("receiver", now)
        self._moody = moody
        self._chance = chance
        self._tell = tell
        self._accuse = accuse
        self._secrets: dict[str, list[str]] = {}
        self._doubts = Counter[str]()
        self._moods: dict[str, str] = {}
        self.accepted: set[tuple[str, str]] = set()  # url, event id
        self.posts = 0

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        self.posts += 1
        event = json.loads(body)
        secrets = self._secrets.get(url, [])
        if (
            secrets
            and not self._doubts[url]
            and not any(is_signed(secret, body, headers) for secret in secrets)
        ):
            self._accuse(f"{url} cannot verify {event['event']} {event['id']} by any secret it was told")
        response = await self._answer(self._mood(url))
        if response.status is not None and 200 <= response.status < 300:
            self.accepted.add((url, headers["webhook-id"]))
        self._tell("receiver", f"{url} hears {event['event']} {event['id']}: {response.status}")
        return response

    def learn(self, url: str, secret: str) -> None:
        """Its merchant was told this one; those before may sign for a while yet."""
        self._secrets.setdefault(url, []).append(secret)
        self._doubts[url] -= self._doubts[url] > 0

    def doubt(self, url: str) -> None:
        """Its merchant has asked for another, and until that is answered nobody can tell."""
        self._doubts[url] += 1

    def calm_down(self) -> None:
        """Those who answer now and then answer always; the dead stay dead."""
        for url, mood in self._moods.items():
            if mood != "dead":
                self._moods[url] = "good"

    def _mood(self, url: str) -> str:
        mood = self._moods.get(url)
        if mood is None:
            is_moody = self._chance.random() < self._moody
            mood = self._chance.choice(("flaky", "slow", "busy", "dead", "hanging")) if is_moody else "good"
            self._moods[url] = mood
        return mood

    async def _answer(self, mood: str) -> Response:
        lot = self._chance.random()
        match mood:
            case "dead":
                return Response(GONE if lot < 0.2 else 500, "", 1, None)
            case "flaky" if lot < 0.5:
                return Response(500, "", 1, None)
            case "busy" if lot < 0.5:
                return Response(BUSY, "", 1, None, retry_after_s=self._chance.choice((3.0, 90.0, 1e9)))
            case "hanging":
                await asyncio.sleep(TIMEOUT_S)
                return Response(None, "", int(TIMEOUT_S * 1000), "No answer within 5 s.")
            case "slow" if lot < 0.5:
                await asyncio.sleep(TIMEOUT_S)
                return Response(None, "", int(TIMEOUT_S * 1000), "No answer within 5 s.")
        return Response(204, "", 1, None)


def is_signed(secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """By Standard Webhooks 1.0 and its own arithmetic, not ours; a body under another id or time is not."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.digest(b64decode(secret.removeprefix("whsec_")), signed, "sha256")
    return f"v1,{b64encode(digest).decode()}" in headers["webhook-signature"].split(" ")
