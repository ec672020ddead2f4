"""The isolation of the API, over PostgreSQL."""

from tests.contracts.api.isolation import *  # noqa: F403 - the contract's tests, run here
