"""The jobs and health of the API, in memory."""

from tests.contracts.api.jobs_and_health import *  # noqa: F403 - the contract's tests, run here
