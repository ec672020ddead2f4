"""The faults, by what fails."""

from tests.faults.scenario import FAULTS, Fault
from tests.faults.scenarios import apis, database, processes, processor, receivers, storm, wire, workers

ORDER = [
    module.__name__ for module in (workers, apis, wire, database, processor, receivers, processes, storm)
]


def faults() -> list[Fault]:
    """All of them, in the order in which they are run."""
    return sorted(FAULTS.values(), key=lambda fault: ORDER.index(fault.act.__module__))
