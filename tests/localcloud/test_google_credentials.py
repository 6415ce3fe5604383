"""Whether the Google provider would find credentials."""

from pathlib import Path

import pytest

from localcloud import google_credentials
from localcloud.google_credentials import missing

GCLOUD = Path(".config/gcloud/application_default_credentials.json")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory on a machine that is not Google's."""
    monkeypatch.setattr(google_credentials, "_PRODUCT_NAME", tmp_path / "product_name")
    return tmp_path


def _key(home: Path, name: str = "key.json") -> str:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"type": "service_account"}')
    return str(path)


def test_where_nothing_is_given_a_login_is_asked_for(home: Path) -> None:
    found = missing({}, {}, home)
    assert found is not None
    assert found.what == "There are no Google credentials."
    assert "gcloud auth application-default login" in found.remedy


@pytest.mark.parametrize("name", ["GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON"])
def test_a_variable_of_the_provider_may_hold_a_key_or_name_its_file(name: str, home: Path) -> None:
    assert missing({}, {name: '{"type": "service_account"}'}, home) is None
    assert missing({}, {name: _key(home)}, home) is None


@pytest.mark.parametrize("value", ["/nowhere/key.json", "no key", '"a string"', "/"])
def test_a_variable_that_leads_to_no_key_is_named_and_its_value_is_not(value: str, home: Path) -> None:
    found = missing({}, {"GOOGLE_CREDENTIALS": value}, home)
    assert found is not None
    assert found.what == "GOOGLE_CREDENTIALS names no Google credentials that can be read."


def test_an_access_token_comes_before_all_else(home: Path) -> None:
    broken = {"GOOGLE_CREDENTIALS": "/nowhere"}
    assert missing({}, {**broken, "GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.a"}, home) is None
    assert missing({"gcp:accessToken": {"secure": "v1:a"}}, broken, home) is None


def test_what_the_stack_file_encrypts_only_pulumi_can_judge(home: Path) -> None:
    assert missing({"gcp:credentials": {"secure": "v1:a"}}, {}, home) is None
    assert missing({"gcp:credentials": "/nowhere"}, {}, home) is not None
    assert missing({"gcp:credentials": _key(home)}, {}, home) is None


def test_googles_own_variable_names_a_file(home: Path) -> None:
    assert missing({}, {"GOOGLE_APPLICATION_CREDENTIALS": _key(home)}, home) is None
    found = missing({}, {"GOOGLE_APPLICATION_CREDENTIALS": "/nowhere"}, home)
    assert found is not None
    assert "GOOGLE_APPLICATION_CREDENTIALS=/nowhere" in found.what


def test_the_login_of_gcloud_is_found_where_gcloud_keeps_it(home: Path) -> None:
    _key(home, str(GCLOUD))
    assert missing({}, {}, home) is None
    assert missing({}, {"CLOUDSDK_CONFIG": str(home / "empty")}, home) is not None
    assert missing({}, {"CLOUDSDK_CONFIG": str(home / GCLOUD.parent)}, home / "elsewhere") is None


def test_a_machine_of_google_gives_credentials_by_itself(home: Path) -> None:
    assert missing({}, {"GCE_METADATA_HOST": "metadata"}, home) is None
    (home / "product_name").write_text("Other Company\n")
    assert missing({}, {}, home) is not None
    (home / "product_name").write_text("Google Compute Engine\n")
    assert missing({}, {}, home) is None


def test_an_empty_variable_says_nothing(home: Path) -> None:
    empty = dict.fromkeys(["GOOGLE_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS"], "")
    _key(home, str(GCLOUD))
    assert missing({}, empty, home) is None
