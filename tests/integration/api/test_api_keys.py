"""API keys over REST, over PostgreSQL."""

from tests.contracts.api.api_keys import *  # noqa: F403 - the contract's tests, run here
