"""How processes know of each other."""

from typing import Protocol


class Coordination(Protocol):
    """Heartbeats and leadership. Raises Unavailable when it is away."""

    async def beat(self, role: str, process_id: str, *, ttl_s: float) -> None:
        """This process is alive for the next `ttl_s`."""
        ...

    async def alive(self, role: str) -> int:
        """How many processes of that role are."""
        ...

    async def leave(self, role: str, process_id: str) -> None:
        """This process is going, on purpose."""
        ...

    async def lead(self, role: str, process_id: str, *, ttl_s: float) -> bool:
        """Whether this process leads its role for the next `ttl_s`; asking again renews."""
        ...
