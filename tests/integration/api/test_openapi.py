"""The openapi of the API, over PostgreSQL."""

from tests.contracts.api.openapi import *  # noqa: F403 - the contract's tests, run here
