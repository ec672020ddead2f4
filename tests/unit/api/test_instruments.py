"""The instruments of the API, in memory."""

from tests.contracts.api.instruments import *  # noqa: F403 - the contract's tests, run here
