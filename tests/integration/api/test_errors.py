"""The errors of the API, over PostgreSQL."""

from tests.contracts.api.errors import *  # noqa: F403 - the contract's tests, run here
