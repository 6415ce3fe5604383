"""Keys and certificates of a cluster."""

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from localcloud.cluster.pki import IDENTITIES, Authority, Pki


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    made = Pki(tmp_path_factory.mktemp("pki"))
    made.ensure()
    return made


def _load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_client_that_trusts_the_authority_trusts_the_api_server(pki: Pki) -> None:
    verifier = (
        PolicyBuilder().store(Store([_load(pki.ca)])).build_server_verifier(x509.DNSName("kubernetes.default.svc"))
    )
    assert verifier.verify(_load(pki.certificate("kube-apiserver")), [])


def test_the_names_and_groups_are_those_that_rbac_knows(pki: Pki) -> None:
    for part, identity in IDENTITIES.items():
        subject = _load(pki.certificate(part)).subject
        names = [attribute.value for attribute in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        groups = [attribute.value for attribute in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
        assert (names, tuple(groups)) == ([identity.common_name], identity.groups)


def test_nobody_else_can_read_what_was_made(pki: Pki) -> None:
    assert {stat.S_IMODE(file.stat().st_mode) for file in pki.directory.iterdir()} == {0o600}


def test_what_is_there_stays(pki: Pki) -> None:
    before = {file.name: file.read_bytes() for file in pki.directory.iterdir()}
    pki.ensure()
    assert {file.name: file.read_bytes() for file in pki.directory.iterdir()} == before


def test_an_interrupted_run_is_begun_anew(pki: Pki, tmp_path: Path) -> None:
    half = Pki(tmp_path)
    half.certificate("admin").write_bytes(b"half of a cert")
    half.ensure()
    assert _load(half.certificate("admin")).issuer == _load(half.ca).subject


def test_several_clusters_can_have_one_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    authority.ensure()
    before = authority.certificate.read_bytes()
    issued = []
    for name in ("a", "b"):
        pki = Pki(tmp_path / name, authority)
        pki.ensure()
        assert pki.ca == authority.certificate
        assert not (pki.directory / "ca.key").exists()
        issued.append(_load(pki.certificate("kube-apiserver")))
    verifier = (
        PolicyBuilder().store(Store([_load(authority.certificate)])).build_server_verifier(x509.DNSName("kubernetes"))
    )
    assert all(verifier.verify(each, []) for each in issued)
    assert issued[0].public_key() != issued[1].public_key()
    assert authority.certificate.read_bytes() == before


def test_certificates_of_a_lost_authority_are_made_anew(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    pki = Pki(tmp_path / "pki", authority)
    pki.ensure()
    before = _load(pki.certificate("admin"))
    authority.key.unlink()
    pki.ensure()
    after = _load(pki.certificate("admin"))
    after.verify_directly_issued_by(_load(authority.certificate))
    assert after != before
