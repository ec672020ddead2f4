"""Where processors say, unasked, that they have news."""

from starlette.requests import Request

from entrypoints.api.answers import Answer
from entrypoints.api.deps import use
from entrypoints.api.routing import Routes
from entrypoints.api.strict_json import read_raw

routes = Routes("Processors")
ACCEPTED = Answer(202, b"")


@routes.public("POST", "/processors/{name}/callbacks", 202, None, errors=(400, 401, 413), is_limited=False)
async def receive_callback(request: Request) -> Answer:
    """Say that there is news of an operation

    For the processor of `test` or `live` mode, which signs it. Nothing in it is believed but the operation's id:
    the processor is asked itself. Early, repeated and late callbacks are the same.
    """
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]}
    await use(request, "receive_callback")(request.path_params["name"], headers, await read_raw(request))
    return ACCEPTED
