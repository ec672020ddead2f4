"""The refusal of misplaced card numbers of the API, over PostgreSQL."""

from tests.contracts.api.stray_cards import *  # noqa: F403 - the contract's tests, run here
