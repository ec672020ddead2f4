"""The idempotency of the API, in memory."""

from tests.contracts.api.idempotency import *  # noqa: F403 - the contract's tests, run here
