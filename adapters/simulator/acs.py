"""The shopper's choice on the simulator's 3-D Secure page."""

from dataclasses import dataclass
from typing import Protocol

from adapters.simulator.answers import challenge_ends_at
from adapters.simulator.scenario import Reference, Scenario
from core.domain.errors import NotFound, Refused
from ports.clock import Clock


class Choices(Protocol):
    """Choices by reference. Both methods raise Unavailable."""

    async def choice(self, reference: str) -> bool | None:
        """Whether the shopper approved; None while they have not chosen."""
        ...

    async def choose(self, reference: str, approved: bool) -> bool:
        """The choice that stands. It is the first one: money may have moved by it."""
        ...


@dataclass(frozen=True)
class Acs:
    """What the page's door asks and tells; anybody may come, so only what could be a challenge is looked up."""

    clock: Clock
    choices: Choices

    async def choice(self, reference: str) -> bool | None:
        """Whether the shopper approved; None while they have not chosen. Raises NotFound, Unavailable."""
        _challenge(reference)
        return await self.choices.choice(reference)

    async def choose(self, reference: str, approved: bool) -> bool:
        """The choice that stands, which is the first. Raises NotFound, Refused when it is too late, Unavailable."""
        if self.clock() >= challenge_ends_at(_challenge(reference)):
            raise Refused("challenge_expired", "The time for this authentication is over. Pay again.")
        return await self.choices.choose(reference, approved)


def _challenge(reference: str) -> Reference:
    found = Reference.read(reference)
    if found is None or found.scenario is not Scenario.THREE_D_SECURE:
        raise NotFound("Authentication")
    return found
