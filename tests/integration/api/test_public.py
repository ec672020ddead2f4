"""The public of the API, over PostgreSQL."""

from tests.contracts.api.public import *  # noqa: F403 - the contract's tests, run here
