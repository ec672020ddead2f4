"""The families of refusal that the whole gateway speaks in.

GatewayError
├── Invalid           what was sent cannot be understood
├── Unauthenticated   we do not know who asks
├── Forbidden         we know who asks, and they may not
├── NotFound          it does not exist, or belongs to somebody else
├── Refused           sound, but not in this state
├── Busy              somebody else is changing it right now; safe to repeat
│   ├── ConcurrentUpdate   a block's aggregate changed under it
│   ├── KeyTaken           another block has bound the same idempotency key
│   └── LeaseLost          another worker has taken the job over
├── KeyReused         the idempotency key belongs to a different request
├── Limited           too often
└── Unavailable       a dependency is away; the outcome may be unknown
    └── NotAsked           it is known to be away, and so was not asked
"""


class GatewayError(Exception):
    """A family (the class), a stable `reason` for programs and a `description` for people."""

    def __init__(
        self, reason: str, description: str, *, field: str | None = None, **details: str | int
    ) -> None:
        super().__init__(reason, description)
        self.reason = reason
        self.description = description
        self.field = field
        self.details = details

    def __str__(self) -> str:
        return self.description


class Invalid(GatewayError):
    """A value that can never be accepted; `field` says which."""


class Unauthenticated(GatewayError):
    """Credentials absent, wrong or revoked."""

    def __init__(self) -> None:
        super().__init__("invalid_credentials", "Invalid API credentials")


class Forbidden(GatewayError):
    """The credentials are right, and not for this."""


class NotFound(GatewayError):
    """It does not exist for the one who asks."""

    def __init__(self, noun: str) -> None:
        super().__init__(f"{noun.lower().replace(' ', '_')}_not_found", f"{noun} not found")


class Refused(GatewayError):
    """Well formed, but the state of things does not allow it."""


class Busy(GatewayError):
    """Nothing was written; the same request may be sent again."""


class ConcurrentUpdate(Busy):
    """Something that a block read or claimed was changed by another before it could commit."""

    def __init__(self, aggregate: str) -> None:
        super().__init__(
            "concurrent_update",
            "The object is being changed by another request. Send the request again.",
        )
        self.aggregate = aggregate


class KeyTaken(Busy):
    """Another block has bound the idempotency key; its record says what was answered."""

    def __init__(self) -> None:
        super().__init__("key_in_use", "A request with this Idempotency-Key is in progress. Send it again.")


class LeaseLost(Busy):
    """Another worker has taken the job over; this one's work is dropped."""

    def __init__(self, job_id: str) -> None:
        super().__init__("lease_lost", f"The lease of {job_id} was taken over by another worker")


class KeyReused(GatewayError):
    """The idempotency key was used with a different request."""

    def __init__(self) -> None:
        super().__init__(
            "idempotency_key_reused",
            "This Idempotency-Key was already used with a different request. Use a new key.",
        )


class Limited(GatewayError):
    """Too many requests; `retry_after_s` says when to come back."""

    def __init__(
        self, retry_after_s: int, what_to_do: str = "Slow down.", reason: str = "rate_limited"
    ) -> None:
        super().__init__(reason, f"Too many requests. {what_to_do} Try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class Unavailable(GatewayError):
    """A dependency did not answer. What was asked of it may or may not have happened."""

    def __init__(self, reason: str, description: str, *, retry_after_s: int = 1) -> None:
        super().__init__(reason, description)
        self.retry_after_s = retry_after_s


class NotAsked(Unavailable):
    """Nothing was asked of the dependency, so nothing happened; `retry_after_s` says when it may be asked again."""
