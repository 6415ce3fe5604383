"""The process the engine starts as `pulumi-language-python`, with the engine's address as last argument."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> None:
    """Serve the language host until the engine is done with it."""
    from localcloud.language_host.host import LanguageHost
    from localcloud.plugin_process import serve
    from localcloud.protocol import language_pb2_grpc

    # Logging and tracing flags precede the address; an engine that attaches by port gives no address but a Handshake.
    engine = arguments[-1] if arguments and not arguments[-1].startswith("-") else ""
    host = LanguageHost(engine)
    serve(
        lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server),
        on_stop=host.children.close,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
