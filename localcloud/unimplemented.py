"""Answering the calls a plugin does not implement.

The generated base classes raise `NotImplementedError`, which gRPC prints with a traceback, and what a plugin prints
reaches the user. A plain UNIMPLEMENTED status, with a sentence on what to do instead, is all the engine needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar

import grpc

Servicer = TypeVar("Servicer")


def declines(
    generated: type, *, otherwise: str, messages: Mapping[str, str] | None = None
) -> Callable[[type[Servicer]], type[Servicer]]:
    """Decorate a servicer so that every call of `generated` it lacks is refused with a message.

    `messages` holds sentences for single calls; the others get `otherwise`, in which `{call}` is the call's name.
    """

    def decorate(servicer: type[Servicer]) -> type[Servicer]:
        for call, inherited in vars(generated).items():
            if not call.startswith("_") and getattr(servicer, call) is inherited:
                message = (messages or {}).get(call) or otherwise.format(call=call)
                setattr(servicer, call, _refusal(message))
        return servicer

    return decorate


def _refusal(message: str) -> Callable[..., NoReturn]:
    def refuse(_servicer: object, _request: object, context: grpc.ServicerContext) -> NoReturn:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, message)

    return refuse
