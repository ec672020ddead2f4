"""An amount in the minor units of a currency."""

from dataclasses import dataclass

MAX_MINOR = 99_999_999_999


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` units of `currency` (ISO 4217, upper case): 50000 INR is ₹500.00."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        assert type(self.minor) is int and 0 <= self.minor <= MAX_MINOR, self.minor
        assert len(self.currency) == 3 and self.currency.isupper(), self.currency

    def of(self, minor: int) -> "Money":
        """Another amount in the same currency."""
        return Money(minor, self.currency)
