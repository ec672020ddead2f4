"""The payments of the API, over PostgreSQL."""

from tests.contracts.api.payments import *  # noqa: F403 - the contract's tests, run here
