"""The orders of the API, over PostgreSQL."""

from tests.contracts.api.orders import *  # noqa: F403 - the contract's tests, run here
