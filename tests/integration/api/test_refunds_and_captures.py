"""The refunds and captures of the API, over PostgreSQL."""

from tests.contracts.api.refunds_and_captures import *  # noqa: F403 - the contract's tests, run here
