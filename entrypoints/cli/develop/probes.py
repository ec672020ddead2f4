"""Test events for a receiver: one as the gateway sends it, and those that nobody but a stranger would send."""

from dataclasses import dataclass, field
from datetime import timedelta

from config.receivers import Receivers
from core.domain.event import Fact
from core.domain.ids import EVENT, MERCHANT, new_id
from core.domain.merchant import Account, Mode
from core.domain.signing import new_webhook_secret, webhook_headers
from core.domain.snapshot import event_body, event_data
from ports.webhook_sender import Response

NAME = "webhook.test"
SECRET_BYTES = 32
TOO_OLD = timedelta(minutes=10)  # Standard Webhooks 1.0: five minutes are what its libraries let pass
SIGNATURES = ("X-Webhook-Signature", "webhook-signature")


@dataclass
class Probes:
    """Each is a new event, but for `repeat`; `responses` are all that the receiver has said."""

    receivers: Receivers
    url: str
    secret: str = field(repr=False)
    responses: list[Response] = field(default_factory=list)
    _last: tuple[str, bytes] = ("", b"")

    async def genuine(self) -> Response:
        return await self._post(*self._event(), [self.secret])

    async def repeat(self) -> Response:
        """The last event once more, as after an answer that was lost: same id and body, signed anew."""
        return await self._post(*self._last, [self.secret])

    async def forged(self) -> Response:
        """Signed with a secret that is nobody's."""
        other = new_webhook_secret(self.receivers.chance.bytes(SECRET_BYTES))
        return await self._post(*self._event(), [other])

    async def unsigned(self) -> Response:
        return await self._post(*self._event(), [self.secret], leave_out=SIGNATURES)

    async def old(self) -> Response:
        """Recorded ten minutes ago, and sent again by somebody."""
        return await self._post(*self._event(TOO_OLD), [self.secret], age=TOO_OLD)

    def _event(self, age: timedelta = timedelta()) -> tuple[str, bytes]:
        at, chance = self.receivers.clock() - age, self.receivers.chance
        id, account = new_id(EVENT, at, chance), Account(new_id(MERCHANT, at, chance), Mode.TEST)
        return id, event_body(id, Fact(NAME, None, account, None, None), at, event_data(None)).encode()

    async def _post(
        self, id: str, body: bytes, secrets: list[str],
        *, age: timedelta = timedelta(), leave_out: tuple[str, ...] = (),
    ) -> Response:  # fmt: skip
        self._last = id, body
        headers = webhook_headers(id, body, secrets, at=self.receivers.clock() - age)
        kept = {name: value for name, value in headers.items() if name not in leave_out}
        response = await self.receivers.sender.post(self.url, body, kept)
        self.responses.append(response)
        return response
