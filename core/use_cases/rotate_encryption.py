"""Seal anew, under the current key, all that another key has sealed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from core.domain.errors import ConcurrentUpdate
from ports.cipher import Cipher
from ports.sealed_rows import SEALED, SealedRow, SealedRows

BATCH = 500
PASSES = 5  # of which the last finds nothing to do, unless somebody goes on sealing with an old key

Note = Callable[[str, int], None]


@dataclass(slots=True)
class Rotation:
    """How many rows were sealed anew, which nobody can read, and how many another key still seals, by its id."""

    resealed: Counter[str] = field(default_factory=Counter)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)

    @property
    def is_done(self) -> bool:
        return not self.left and not self.unreadable


@dataclass(frozen=True)
class RotateEncryption:
    """While the gateway runs: a row that somebody changes meanwhile is met again in the next pass.

    Broken off, it goes on where it was when begun again, since what the current key has sealed is let be.
    """

    rows: SealedRows
    cipher: Cipher

    async def __call__(self, note: Note = lambda _kind, _done: None) -> Rotation:
        """`note` is told of which kind how many rows were looked at. Raises Unavailable."""
        rotation = Rotation()
        for _ in range(PASSES):
            rotation.unreadable.clear()
            rotation.left.clear()
            found = [await self._kind(kind, rotation, note) for kind in SEALED]
            if not any(found):
                break
        return rotation

    async def _kind(self, kind: type, rotation: Rotation, note: Note) -> int:
        """How many were found to be sealed by another key, and readable."""
        after, looked_at, found = "", 0, 0
        while span := await self.rows.span(kind, after=after, limit=BATCH):
            pairs = [pair for row in span if (pair := self._pair(row, rotation)) is not None]
            if pairs:
                await self._replace(pairs, rotation)
            found += len(pairs)
            after, looked_at = span[-1].id, looked_at + len(span)
            note(kind.__name__, looked_at)
        return found

    async def _replace(self, pairs: list[tuple[SealedRow, SealedRow]], rotation: Rotation) -> None:
        try:
            replaced = await self.rows.replace(pairs)
        except ConcurrentUpdate:  # the next pass meets them again
            return
        rotation.resealed[pairs[0][0].kind.__name__] += replaced

    def _pair(self, row: SealedRow, rotation: Rotation) -> tuple[SealedRow, SealedRow] | None:
        """The row and what it is to become; None if the current key has sealed it, or nobody can open it."""
        current = self.cipher.key_ids()[0]
        try:
            others = {key for text in row.texts if text and (key := self.cipher.key_of(text)) != current}
            if not others:
                return None
            texts = (text and self.cipher.seal(self.cipher.open(text)) for text in row.texts)
            new = SealedRow(row.kind, row.id, tuple(texts))
        except LookupError:
            rotation.unreadable.append((row.kind.__name__, row.id))
            return None
        rotation.left.update(others)
        return row, new
