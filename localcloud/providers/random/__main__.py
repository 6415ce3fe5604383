"""The process the engine starts as `pulumi-resource-random`."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Sequence


def main(_arguments: Sequence[str]) -> None:
    """Serve the provider until the engine is done with it; it never calls the engine back."""
    from localcloud.plugin_process import serve
    from localcloud.protocol import provider_pb2_grpc
    from localcloud.providers.random.provider import RandomProvider

    provider = RandomProvider(importlib.metadata.version("pulumi-random"))
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server))


if __name__ == "__main__":
    main(sys.argv[1:])
