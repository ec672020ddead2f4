"""The merchant of the API, over PostgreSQL."""

from tests.contracts.api.merchant import *  # noqa: F403 - the contract's tests, run here
