"""The faults, by what fails; importing them registers them in the order in which they are run."""

from tests.faults.scenarios import apis, database, processes, processor, wire, workers  # noqa: F401 - for what it registers
