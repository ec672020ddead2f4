"""The authentication of the API, in memory."""

from tests.contracts.api.authentication import *  # noqa: F403 - the contract's tests, run here
