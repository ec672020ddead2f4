"""The instruments of the API, over PostgreSQL."""

from tests.contracts.api.instruments import *  # noqa: F403 - the contract's tests, run here
