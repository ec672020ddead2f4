"""The authentication of the API, over PostgreSQL."""

from tests.contracts.api.authentication import *  # noqa: F403 - the contract's tests, run here
