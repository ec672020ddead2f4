"""The webhook endpoints of the API, over PostgreSQL."""

from tests.contracts.api.webhook_endpoints import *  # noqa: F403 - the contract's tests, run here
