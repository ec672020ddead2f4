"""The openapi of the API, in memory."""

from tests.contracts.api.openapi import *  # noqa: F403 - the contract's tests, run here
