"""Which scopes of API keys open which doors, and what is said to the others."""

from core.domain.errors import Forbidden
from core.domain.merchant import Scope

Scopes = frozenset[Scope]

CHANGING = frozenset({Scope.FULL})
LOOKING = frozenset({Scope.FULL, Scope.READ_ONLY})
PAYING = frozenset({Scope.FULL, Scope.CHECKOUT})
ANY = frozenset(Scope)


def require(scope: Scope, allowed: Scopes) -> None:
    """Raises Forbidden, which names the scopes that would do."""
    if scope not in allowed:
        raise Forbidden(
            "scope_missing", f"This needs an API key with the scope {either(allowed)}; this one has {scope}."
        )


def either(scopes: Scopes) -> str:
    return " or ".join(scope for scope in Scope if scope in scopes)
