"""The errors of the API, in memory."""

from tests.contracts.api.errors import *  # noqa: F403 - the contract's tests, run here
