"""The payments of the API, in memory."""

from tests.contracts.api.payments import *  # noqa: F403 - the contract's tests, run here
