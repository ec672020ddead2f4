"""The jobs and health of the API, over PostgreSQL."""

from tests.contracts.api.jobs_and_health import *  # noqa: F403 - the contract's tests, run here
