"""The process the engine starts as `pulumi-resource-gcp`."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from localcloud.providers.google import DIRECTORY_VARIABLE


def main(arguments: Sequence[str]) -> None:
    """Serve the provider until the engine, whose address is the first argument, is done with it."""
    from localcloud.plugin_process import serve
    from localcloud.protocol import provider_pb2_grpc
    from localcloud.providers.google.provider import GoogleProvider

    directory = os.environ.get(DIRECTORY_VARIABLE)
    provider = GoogleProvider(
        importlib.metadata.version("pulumi-gcp"), Path(directory) if directory else None, _warner(arguments)
    )
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server))


def _warner(arguments: Sequence[str]) -> Callable[[str, str], None]:
    """Shows warnings through the engine, with the resource that they are about."""
    import grpc

    from localcloud.protocol import engine_pb2, engine_pb2_grpc

    address = next((each for each in arguments if not each.startswith("-")), None)
    if address is None:
        return lambda _urn, message: print(message, file=sys.stderr)  # noqa: T201 - started by hand
    engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def warn(urn: str, message: str) -> None:
        engine.Log(engine_pb2.LogRequest(severity=engine_pb2.WARNING, urn=urn, message=message))

    return warn


if __name__ == "__main__":
    main(sys.argv[1:])
