"""What the provider does when its cloud cannot be read, or when nobody waits for its answer any more."""

from pathlib import Path

import grpc
import pytest

from localcloud.protocol import provider_pb2
from localcloud.providers.google.provider import GoogleProvider
from localcloud.providers.properties import to_struct


class Context:
    """Of a gRPC call what the provider asks."""

    def __init__(self, active: bool = True) -> None:
        self._active = active

    def is_active(self) -> bool:
        return self._active

    def abort(self, status: grpc.StatusCode, message: str) -> None:
        raise AssertionError(status, message)


def _provider(directory: Path) -> GoogleProvider:
    provider = GoogleProvider("10.2.0", directory, lambda *_: None)
    arguments = to_struct({"project": "acme-prod"})
    provider.Configure(provider_pb2.ConfigureRequest(args=arguments), Context())  # type: ignore[arg-type]
    return provider


def test_a_cloud_that_cannot_be_read_is_told_in_three_sentences(tmp_path: Path) -> None:
    (tmp_path / "google.sqlite").write_bytes(b"garbage" * 1000)
    with pytest.raises(AssertionError) as failed:
        _provider(tmp_path)
    status, message = failed.value.args
    assert status == grpc.StatusCode.FAILED_PRECONDITION
    assert message.startswith(f"{tmp_path}/google.sqlite, which holds the simulated Google Cloud, cannot be used")
    assert "Remedy: " in message


@pytest.mark.parametrize("waits", [True, False])
def test_what_nobody_waits_for_any_more_is_not_made(waits: bool, tmp_path: Path) -> None:
    provider = _provider(tmp_path)
    request = provider_pb2.CreateRequest(
        urn="urn:pulumi:prod::web::gcp:test/widget:Widget::a", properties=to_struct({"name": "a"})
    )
    provider.Create(request, Context(active=waits))  # type: ignore[arg-type]
    assert [each.id for each in provider._cloud.all()] == (["projects/acme-prod/widgets/a"] if waits else [])
