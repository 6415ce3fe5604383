"""The store is one truth for every thread and process, and outlives them."""

import multiprocessing
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from localcloud.providers.google.kind import Resource
from localcloud.providers.google.store import Store

COUNTER = "gcp:test/counter:Counter"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "google.sqlite"


def add_one(store: Store) -> None:
    with store.transaction():
        known = store.get(COUNTER, "it")
        value = known.state["value"] if known else 0
        store.put(Resource(COUNTER, "it", {"value": value + 1}))


def add_many(path: Path, times: int) -> None:
    store = Store(path)
    for _ in range(times):
        add_one(store)


def test_what_is_put_is_there_and_is_gone_when_it_is_removed(path: Path) -> None:
    store = Store(path)
    resource = Resource("gcp:a/b:B", "one", {"text": "é", "list": [1, {"deep": None}], "number": 2.5, "whole": 3})
    store.put(resource)
    assert store.get("gcp:a/b:B", "one") == resource
    assert store.get("gcp:a/c:C", "one") is None
    store.remove("gcp:a/b:B", "one")
    assert store.get("gcp:a/b:B", "one") is None


def test_a_whole_number_stays_one(path: Path) -> None:
    Store(path).put(Resource(COUNTER, "it", {"value": 3}))
    known = Store(path).get(COUNTER, "it")
    assert known is not None
    assert type(known.state["value"]) is int


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({}, ["one", "two"]),
        ({"region": "b"}, ["two"]),
        ({"private": True}, ["one"]),
        ({"region": "b", "private": True}, []),
        ({"dotted.key": "x"}, ["one"]),
    ],
)
def test_resources_are_found_by_their_properties(path: Path, where: dict[str, Any], ids: list[str]) -> None:
    store = Store(path)
    store.put(Resource("gcp:a/b:B", "two", {"region": "b", "private": False}))
    store.put(Resource("gcp:a/b:B", "one", {"region": "a", "private": True, "dotted.key": "x"}))
    store.put(Resource("gcp:a/c:C", "three", {"region": "b"}))
    assert [each.id for each in store.find("gcp:a/b:B", where)] == ids


def test_everything_is_listed_by_type_and_id(path: Path) -> None:
    store = Store(path)
    for type_, identifier in (("gcp:b:B", "1"), ("gcp:a:A", "2"), ("gcp:a:A", "1")):
        store.put(Resource(type_, identifier))
    assert [(each.type, each.id) for each in store.all()] == [("gcp:a:A", "1"), ("gcp:a:A", "2"), ("gcp:b:B", "1")]


def test_a_transaction_that_fails_leaves_nothing(path: Path) -> None:
    store = Store(path)

    def fail() -> None:
        with store.transaction():
            store.put(Resource(COUNTER, "it", {"value": 1}))
            with store.transaction():
                store.keep("lock", "name", "a week")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.all() == []
    assert store.kept() == {}
    add_one(store)
    assert [each.state for each in store.all()] == [{"value": 1}]


def test_what_is_kept_is_told_until_it_is_forgotten(path: Path) -> None:
    store = Store(path)
    store.keep("lock", "a", "a week")
    store.keep("lock", "a", "two weeks")
    store.keep("backup", "b", "for ever")
    assert store.kept() == {("backup", "b"): "for ever", ("lock", "a"): "two weeks"}
    assert store.kept("lock") == {("lock", "a"): "two weeks"}
    store.forget("lock", "a")
    assert Store(path).kept() == {("backup", "b"): "for ever"}


def test_a_store_that_is_opened_again_knows_what_it_knew(path: Path) -> None:
    Store(path).put(Resource(COUNTER, "it", {"value": 7}))
    assert Store(path).all() == [Resource(COUNTER, "it", {"value": 7})]


def test_threads_do_not_lose_each_others_changes(path: Path) -> None:
    store = Store(path)
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(add_one, store) for _ in range(200)]:
            done.result()
    assert [each.state for each in store.all()] == [{"value": 200}]


def test_processes_do_not_lose_each_others_changes_and_may_all_come_first(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=add_many, args=(path, 50)) for _ in range(3)]
    for each in processes:
        each.start()
    for each in processes:
        each.join(60)
    assert [each.exitcode for each in processes] == [0, 0, 0]
    assert [each.state for each in Store(path).all()] == [{"value": 150}]


def test_nobody_else_can_read_what_it_holds(path: Path) -> None:
    Store(path).put(Resource(COUNTER, "it", {"password": "hunter2"}))
    assert path.parent.stat().st_mode & 0o077 == 0


def test_the_file_is_a_plain_database(path: Path) -> None:
    Store(path).put(Resource(COUNTER, "it", {"value": 1}))
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT type, id, state FROM resource").fetchall() == [
            (COUNTER, "it", '{"value": 1}')
        ]
