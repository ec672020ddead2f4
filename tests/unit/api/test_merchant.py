"""The merchant of the API, in memory."""

from tests.contracts.api.merchant import *  # noqa: F403 - the contract's tests, run here
