"""Whether a callback is the acquirer's, and of which operation it speaks."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from core.domain.errors import Invalid, Unauthenticated
from core.domain.signing import hex_hmac
from ports.clock import Clock

TIMESTAMP, SIGNATURE = "processor-timestamp", "processor-signature"
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)


class _News(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    key: str


@dataclass(frozen=True)
class SignedCallbacks:
    """See `ports.callbacks.Callbacks`.

    `Processor-Signature: v1=` hex HMAC-SHA256 under the shared secret of `timestamp.body`, the timestamp being
    that of `Processor-Timestamp`, in Unix seconds, when it was sent. News may be days old; its sending may not be
    older than `tolerance_s`, so that a callback that was overheard is worth nothing soon.
    """

    clock: Clock
    secret: str
    tolerance_s: float = 300.0

    def read(self, headers: Mapping[str, str], body: bytes) -> str:
        timestamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
        expected = "v1=" + hex_hmac(self.secret, timestamp.encode() + b"." + body)
        is_right = hmac.compare_digest(expected.encode(), signature.encode())
        # Without a secret everybody could sign with none.
        if not (self.secret and is_right and self._is_fresh(timestamp)):
            raise Unauthenticated
        try:
            return _News.model_validate_json(body).key
        except ValidationError:
            raise Invalid("malformed_callback", "The callback names no operation.", field="key") from None

    def _is_fresh(self, timestamp: str) -> bool:
        if not _SECONDS.fullmatch(timestamp):
            return False
        return abs(self.clock().timestamp() - int(timestamp)) <= self.tolerance_s
