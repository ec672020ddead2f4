"""The orders of the API, in memory."""

from tests.contracts.api.orders import *  # noqa: F403 - the contract's tests, run here
