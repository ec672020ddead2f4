"""The bad bodies of the API, over PostgreSQL."""

from tests.contracts.api.bad_bodies import *  # noqa: F403 - the contract's tests, run here
