"""Between the engine and a Python policy pack.

The engine starts a policy pack, asks it to shake hands and only then tells it about the stack. The Python SDK for
policies expects the stack in its environment when it starts. So this server takes the engine's first two calls itself,
and everything after them goes, byte for byte, to the pack that was started meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import grpc
from typing_extensions import override

from localcloud.plugin_process import SERVER_OPTIONS, new_server
from localcloud.protocol import analyzer_pb2

_SERVICE = "/pulumirpc.Analyzer/"
_CONFIGURE_STACK = _SERVICE + "ConfigureStack"


class PolicyProxy(grpc.GenericRpcHandler):
    """An analyzer on a port of its own that becomes the policy pack once that is attached."""

    def __init__(self) -> None:
        """Serve at once: the engine asks before there is a pack."""
        self._stack: analyzer_pb2.AnalyzerStackConfigureRequest | None = None
        self._stack_known = threading.Event()
        self._pack: grpc.Channel | None = None
        self._failure = ""
        self._settled = threading.Event()
        self._server, self.port = new_server()
        self._server.add_generic_rpc_handlers((self,))
        self._server.start()

    @override
    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        method: str = details.method
        if method == _SERVICE + "Handshake":
            return grpc.unary_unary_rpc_method_handler(lambda _request, _context: b"")
        if method == _CONFIGURE_STACK:
            return grpc.unary_unary_rpc_method_handler(self._configure_stack)
        if method.startswith(_SERVICE):
            return grpc.unary_unary_rpc_method_handler(self._forwarder(method))
        return None

    def wait_for_stack(self) -> analyzer_pb2.AnalyzerStackConfigureRequest | None:
        """The stack that policies are to judge; None where the engine asks about the pack alone."""
        self._stack_known.wait()
        return self._stack

    def attach(self, announcement: bytes) -> None:
        """Forward to the pack whose first line of output is `announcement`: its port, unless it failed to start."""
        try:
            channel = grpc.insecure_channel(f"127.0.0.1:{int(announcement)}", options=SERVER_OPTIONS)
            if self._stack is not None:
                _configure(channel, self._stack)
            self._pack = channel
        except ValueError:
            self._failure = "the policy pack ended before it could be asked anything; its output says why"
        except grpc.RpcError as error:
            self._failure = f"the policy pack refused the stack's configuration: {error}"
        self._settled.set()

    def give_up(self) -> None:
        """The engine is gone; whoever waits for the stack or the pack need not any more."""
        self._failure = self._failure or "the policy pack was stopped"
        # Before the pack is ended: a connection that its end breaks is one that gRPC complains about on the terminal.
        pack, self._pack = self._pack, None
        if pack is not None:
            pack.close()
        self._stack_known.set()
        self._settled.set()

    def close(self) -> None:
        """Stop serving, whatever still waits."""
        self.give_up()
        self._server.stop(None)

    def _configure_stack(self, request: bytes, _context: grpc.ServicerContext) -> bytes:
        self._stack = analyzer_pb2.AnalyzerStackConfigureRequest.FromString(request)
        self._stack_known.set()
        return b""

    def _forwarder(self, method: str) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        def forward(request: bytes, context: grpc.ServicerContext) -> bytes:
            self._stack_known.set()
            self._settled.wait()
            pack = self._pack
            if pack is None:
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, self._failure)
            try:
                return _call(pack, method, request)
            except grpc.RpcError as error:
                context.abort(error.code(), error.details() or "")

        return forward


def _configure(channel: grpc.Channel, stack: analyzer_pb2.AnalyzerStackConfigureRequest) -> None:
    """Tell the pack by a call too; an SDK that knows only the environment does not implement it."""
    try:
        _call(channel, _CONFIGURE_STACK, stack.SerializeToString())
    except grpc.RpcError as error:
        if error.code() != grpc.StatusCode.UNIMPLEMENTED:
            raise


def _call(channel: grpc.Channel, method: str, request: bytes) -> bytes:
    call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
    return call(request)
