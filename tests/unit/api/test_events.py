"""The events of the API, in memory."""

from tests.contracts.api.events import *  # noqa: F403 - the contract's tests, run here
