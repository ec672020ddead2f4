"""The deliveries of the API, over PostgreSQL."""

from tests.contracts.api.deliveries import *  # noqa: F403 - the contract's tests, run here
