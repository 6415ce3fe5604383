"""What the service answers: greetings, and whether it works."""

import json
import os

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hello.log import AccessLog

_LONGEST_NAME = 100


async def greet_everybody(request: Request) -> JSONResponse:
    """Greets whoever asks."""
    return _greeting("world")


async def greet(request: Request) -> JSONResponse:
    """Greets the one whom the body names: {"name": "Anna"}."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        return JSONResponse({"error": "The body is not JSON."}, 400)
    name = body.get("name") if isinstance(body, dict) else None
    if not (isinstance(name, str) and 0 < len(name.strip()) <= _LONGEST_NAME):
        return JSONResponse({"error": f"`name` must be a text of 1 to {_LONGEST_NAME} characters."}, 422)
    return _greeting(name.strip())


async def live(request: Request) -> JSONResponse:
    """Says that the process works. One that does not is killed: what it needs of others must not be asked for here."""
    return JSONResponse({"live": True})


async def ready(request: Request) -> JSONResponse:
    """Says whether requests should come here: not to a server that leaves."""
    leaving: bool = request.app.state.leaving
    return JSONResponse({"ready": not leaving}, 503 if leaving else 200)


async def gone(request: Request, left: Exception) -> Response:
    """Notes, as web servers do, that a client has left before it was answered. That is nobody's error here."""
    return Response(status_code=499)


def _greeting(name: str) -> JSONResponse:
    return JSONResponse({"greeting": f"{os.environ.get('GREETING', 'Hello')}, {name}!"})


app = Starlette(
    routes=[
        Route("/", greet_everybody),
        Route("/greetings", greet, methods=["POST"]),
        Route("/healthz", live),
        Route("/readyz", ready),
    ],
    exception_handlers={ClientDisconnect: gone},
    middleware=[Middleware(AccessLog, unlogged={"/healthz", "/readyz"})],
)
app.state.leaving = False
