"""The events of the API, over PostgreSQL."""

from tests.contracts.api.events import *  # noqa: F403 - the contract's tests, run here
