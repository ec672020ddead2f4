"""The idempotency of the API, over PostgreSQL."""

from tests.contracts.api.idempotency import *  # noqa: F403 - the contract's tests, run here
