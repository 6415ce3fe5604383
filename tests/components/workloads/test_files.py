"""Files in containers."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi import Output
from web_platform import Worker
from web_platform.workloads.files import file_faults, file_mounts, file_path_fault, key_of

from tests.components.workloads.pods import CONFIG_MAP, make, refusal
from tests.recording import declare

# https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-object
KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")

names = st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,9}", fullmatch=True)
paths = st.lists(names, min_size=1, max_size=6).map(lambda parts: "/" + "/".join(parts))


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/a", "a"),
        ("/etc/shop/shop.yaml", "etc_.shop_.shop.yaml"),
        ("/etc/shop_/.env", "etc_.shop__..env"),
        ("/app/.env", "app_..env"),
    ],
)
def test_a_file_has_a_key_that_shows_its_path(path: str, key: str) -> None:
    assert key_of(path) == key


@given(path=paths)
def test_every_path_that_is_accepted_has_a_key_that_kubernetes_accepts(path: str) -> None:
    assert file_path_fault(path) is None
    assert KEY.fullmatch(key_of(path))


@pytest.mark.parametrize("path", ["/a", "/etc/shop/shop.yaml", "/app/.env", "/a/..b", "/A-b_c.d/0"])
def test_an_absolute_path_is_accepted(path: str) -> None:
    assert file_path_fault(path) is None


@pytest.mark.parametrize(
    "path", ["", "/", "a", "a/b", "/a/", "//a", "/a//b", "/a/../b", "/./a", "/..", "/a b", "/a:b", "/ä", "/a\n", "~/a"]
)
def test_a_path_that_nothing_can_be_mounted_at_is_refused(path: str) -> None:
    fault = file_path_fault(path)
    assert fault is not None
    assert fault.what == "is not a path that something can be mounted at"


def test_mounts_are_sorted_and_each_is_of_one_file() -> None:
    assert file_mounts("files", ["/b", "/a/c"]) == [
        {"name": "files", "mountPath": "/a/c", "subPath": "a_.c", "readOnly": True},
        {"name": "files", "mountPath": "/b", "subPath": "b", "readOnly": True},
    ]
    assert file_mounts("files", []) == []


def test_what_is_in_a_file_may_be_known_later() -> None:
    recording = declare(lambda: make(Worker, files={"/etc/host": Output.from_input("db.example.com")}))
    assert recording.one(CONFIG_MAP, "shop-files").inputs["data"] == {"etc_.host": "db.example.com"}


@pytest.mark.parametrize("kind", ["files", "secret_files"])
def test_a_path_as_long_as_a_key_may_be_is_accepted_and_a_longer_one_is_not(kind: str) -> None:
    assert list(file_faults({kind: {f"/{'a' * 253}": ""}})) == []
    message = refusal(Worker, **{kind: {f"/{'a' * 254}": ""}})
    assert message.startswith(f"{kind} '/{'a' * 254}' is longer than what Kubernetes can keep a file under, 253")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"files": {"etc/a": ""}}, "files 'etc/a' is not a path"),
        ({"secret_files": {"/etc/": ""}}, "secret_files '/etc/' is not a path"),
        ({"files": {"/a": ""}, "secret_files": {"/a": ""}}, "secret_files '/a' is in the place of `files"),
        ({"files": {"/a": 1}}, "files./a is a number, which is not text"),
        ({"files": ["/a"]}, "files is a list, which is not keys with values"),
    ],
)
def test_files_that_no_container_would_find_are_refused(change: dict[str, Any], message: str) -> None:
    assert refusal(Worker, **change).startswith(message)


@pytest.mark.parametrize("kind", ["files", "secret_files"])
@pytest.mark.parametrize("files", [{"/a/b": "1", "/a_.b": "2"}, {"/..x": "1"}])
def test_files_without_a_key_of_their_own_are_refused(kind: str, files: dict[str, str]) -> None:
    assert refusal(Worker, **{kind: files}).startswith(kind)
