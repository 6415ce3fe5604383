"""Key rings and keys behave as Google's documentation says."""

from typing import Any

import pytest

from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Place, Refusal, Resource
from localcloud.providers.google.kms import CRYPTO_KEY, KEY_RING, CryptoKey, CryptoKeyIAMMember, KeyRing
from tests.localcloud.google.conftest import PROJECT, enable


@pytest.fixture(autouse=True)
def enabled(cloud: Cloud) -> None:
    enable(cloud, "cloudkms.googleapis.com")


def reasons(kind: Any, inputs: dict[str, Any]) -> dict[str, str]:
    return {each.path: each.reason for each in kind.problems(inputs)}


class TestKeys:
    RING = f"projects/{PROJECT}/locations/europe-west1/keyRings/state"
    KEY = f"{RING}/cryptoKeys/pulumi"

    def made(self, cloud: Cloud, place: Place) -> Resource:
        cloud.create(KeyRing(), {"name": "state", "location": "europe-west1"}, place)
        return cloud.create(CryptoKey(), {"name": "pulumi", "keyRing": self.RING}, place)

    def test_a_key_is_in_a_ring_and_has_a_version(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match=r"the KeyRing .* does not exist"):
            cloud.create(CryptoKey(), {"name": "pulumi", "keyRing": self.RING}, place)
        key = self.made(cloud, place)
        assert key.id == self.KEY
        assert key.state["primaries"] == [{"name": f"{self.KEY}/cryptoKeyVersions/1", "state": "ENABLED"}]

    def test_neither_can_ever_be_deleted(self, cloud: Cloud, place: Place) -> None:
        self.made(cloud, place)
        cloud.delete(CryptoKey(), self.KEY)
        cloud.delete(KeyRing(), self.RING)
        assert set(cloud.kept()) == {(KEY_RING, self.RING), (CRYPTO_KEY, self.KEY)}
        with pytest.raises(Refusal, match="cannot be deleted"):
            cloud.create(KeyRing(), {"name": "state", "location": "europe-west1"}, place)

    @pytest.mark.parametrize(
        ("kind", "inputs", "path"),
        [
            (KeyRing(), {"name": "a.b"}, "name"),
            (KeyRing(), {"name": "state", "location": "europe-west1-b"}, "location"),
            (CryptoKey(), {"keyRing": "state"}, "keyRing"),
            (CryptoKey(), {"rotationPeriod": "3600s"}, "rotationPeriod"),
            (CryptoKey(), {"purpose": "ENCRYPT"}, "purpose"),
        ],
    )
    def test_what_google_would_not_take_is_a_problem(self, kind: Any, inputs: dict[str, Any], path: str) -> None:
        assert list(reasons(kind, inputs)) == [path]

    def test_what_google_takes_is_none(self) -> None:
        assert reasons(KeyRing(), {"name": "state", "location": "europe"}) == {}
        assert reasons(CryptoKey(), {"name": "k", "keyRing": self.RING, "rotationPeriod": "7776000s"}) == {}

    def test_a_role_on_a_key_takes_the_short_form_too(self, cloud: Cloud, place: Place) -> None:
        self.made(cloud, place)
        role = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
        for spelled in (self.KEY, f"{PROJECT}/europe-west1/state/pulumi"):
            inputs = {"cryptoKeyId": spelled, "role": role, "member": "user:dev@example.com"}
            member = cloud.create(CryptoKeyIAMMember(), inputs, place)
            assert member.id == f"{self.KEY}/{role}/user:dev@example.com"
