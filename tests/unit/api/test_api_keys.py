"""API keys over REST, in memory."""

from tests.contracts.api.api_keys import *  # noqa: F403 - the contract's tests, run here
