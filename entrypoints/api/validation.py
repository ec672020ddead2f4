"""Bodies and parameters held against their models, and what to tell whoever sent them wrong."""

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from core.domain.errors import Invalid
from entrypoints.api.strict_json import Body

T = TypeVar("T")

# How each of pydantic's findings reads, and its stable word.
WORDS = {
    "missing": ("missing_field", "{field} is missing."),
    "int_type": ("not_an_integer", "{field} must be an integer: no text, no fraction, no boolean."),
    "greater_than_equal": ("too_small", "{field} must be at least {ge}."),
    "less_than_equal": ("too_large", "{field} may be at most {le}."),
    "string_type": ("not_text", "{field} must be text."),
    "string_too_short": ("too_short", "{field} must have at least {min_length} characters."),
    "string_too_long": ("too_long", "{field} may have at most {max_length} characters."),
    "string_pattern_mismatch": ("invalid_form", "{field} must match {pattern}."),
    "bool_type": ("not_a_boolean", "{field} must be true or false."),
    "literal_error": ("invalid_choice", "{field} must be {expected}."),
    "enum": ("invalid_choice", "{field} must be {expected}."),
    "union_tag_invalid": ("invalid_choice", "{field} must be one of {expected_tags}."),
    "union_tag_not_found": ("missing_field", "{field} is missing."),
    "dict_type": ("not_an_object", "{field} must be an object."),
    "model_type": ("not_an_object", "{field} must be an object."),
    "list_type": ("not_a_list", "{field} must be a list."),
    "too_long": ("too_many", "{field} may have at most {max_length} entries."),
}
METHODS = ("upi", "card")


def validate(model: TypeAdapter[T], value: Body) -> T:
    """Raises Invalid for the first thing that is wrong. Fields that the model does not know are ignored."""
    try:
        return model.validate_python(value)
    except ValidationError as error:
        # Without the input: a card number must not leave this request, not even in an error.
        first = error.errors(include_url=False, include_input=False)[0]
    raise _invalid(first)


def _invalid(error: ErrorDetails) -> Invalid:
    context = error.get("ctx", {})
    cause = context.get("error")
    field = _field(error)
    if isinstance(cause, ValueError):
        reason, words = "invalid_value", "{field} " + str(cause)
    else:
        reason, words = WORDS.get(error["type"], ("invalid_value", "{field} is not valid."))
    description = words.format(field=field, **context) if "{" in words else words
    return Invalid(_reason(field, reason), description, field=field)


def _field(error: ErrorDetails) -> str:
    """`card.cvv`: the path without the names of a union's members and of a dictionary's keys."""
    if error["type"].startswith("union_tag"):
        return str(error["ctx"]["discriminator"]).strip("'")
    parts = [str(part) for part in error["loc"]]
    if parts[0] in METHODS and len(parts) > 1:
        parts = parts[1:]
    return ".".join(part[:64] for part in parts if part != "[key]")


def _reason(field: str, reason: str) -> str:
    """A payment's instrument has words of its own, whatever is wrong with it."""
    if field == "card" or field.startswith("card."):
        return "invalid_card"
    return "invalid_vpa" if field == "vpa" else reason
