"""Pulumi's wire protocol without the SDK around it.

The plugins of this package speak gRPC with messages that the `pulumi` distribution ships below
`pulumi.runtime.proto`. Importing them under that name first runs the whole SDK, three times the start-up time of a
plugin that needs none of it, in every process of every command. This package is that same directory under a name of
its own, so `from localcloud.protocol import provider_pb2` loads the messages and nothing else.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto import analyzer_pb2 as analyzer_pb2
    from pulumi.runtime.proto import engine_pb2 as engine_pb2
    from pulumi.runtime.proto import engine_pb2_grpc as engine_pb2_grpc
    from pulumi.runtime.proto import language_pb2 as language_pb2
    from pulumi.runtime.proto import language_pb2_grpc as language_pb2_grpc
    from pulumi.runtime.proto import plugin_pb2 as plugin_pb2
    from pulumi.runtime.proto import provider_pb2 as provider_pb2
    from pulumi.runtime.proto import provider_pb2_grpc as provider_pb2_grpc


def _messages_directory() -> str:
    sdk = importlib.util.find_spec("pulumi")
    if sdk is None or sdk.origin is None:
        raise ImportError(
            "the Python package 'pulumi' is not installed beside this interpreter, so no plugin can talk to the "
            "engine; install the project's requirements.txt into the interpreter that runs it"
        )
    directory = Path(sdk.origin).parent / "runtime" / "proto"
    if not (directory / "provider_pb2.py").is_file():
        raise ImportError(
            f"the installed 'pulumi' has no protocol messages in {directory}, so this package cannot talk to the "
            "engine; install the version that requirements.txt locks"
        )
    return str(directory)


__path__ = [_messages_directory()]
