"""What the merge request says of a preview."""

import re
from typing import Any

import pytest

from ci.preview.events import Finding, Told
from ci.preview.note import note
from ci.preview.previews import Preview
from tests.ci import steps
from tests.ci.steps import BUCKET, DATABASE, DEPLOYMENT, TOPIC, state, step

MARKER = "<!-- marker -->"


def _told(*told: dict[str, Any], **more: Any) -> Told:
    return Told(**{"steps": told, "errors": (), "warnings": (), "findings": (), "complete": True, **more})


def _note(told: Told, longest: int = 1_000_000, **more: Any) -> str:
    made = Preview("prod", **{"rehearsed": True, "against": "Compared with `abc`, rehearsed.", "told": told, **more})
    return note(made, MARKER, longest, "https://gitlab.example.com/jobs/1")


def _update(name: str, old: Any, new: Any) -> dict[str, Any]:
    return step(
        "update", state(DEPLOYMENT, name, {"text": old}), state(DEPLOYMENT, name, {"text": new}), {"text": "update"}
    )


MIXED = _told(
    step("create", None, state(TOPIC, "orders", {})),
    _update("hello", "old", "new"),
    step("delete", state(DATABASE, "main", {}, protect=True), None),
)


def test_it_begins_with_its_marker_the_counts_and_the_dangers() -> None:
    marker, title, where, dangerous, danger, *rest = _note(MIXED).split("\n\n")
    assert marker == MARKER
    assert title == "## Rehearsed preview of `prod`: 1 to delete, 1 to update, 1 to create"
    assert where.endswith("rehearsed. [Log of the job](https://gitlab.example.com/jobs/1).")
    assert dangerous == "### Dangerous"
    assert danger.startswith("- :warning: **DatabaseInstance `main` would be deleted**. Lost with it")
    assert rest == [
        "### 1 to delete",
        "- **delete** DatabaseInstance `main`",
        "### 1 to update",
        "**update** Deployment `hello`",
        "- `text`: `old` → `new`",
        "### 1 to create",
        "- **create** Topic `orders`",
    ]


def test_nothing_is_said_to_be_nothing() -> None:
    assert "## Rehearsed preview of `prod`: no change" in _note(_told())
    assert "## Preview of `prod`: no change" in _note(_told(), rehearsed=False)


def test_a_preview_that_failed_says_so_first_and_why() -> None:
    said = _note(MIXED, failure="Program failed:\nValueError: no `such` thing\n/close")
    assert "## The rehearsed preview of `prod` failed after 1 to delete, 1 to update, 1 to create" in said
    assert "**What follows, if anything, is not all of it.**" in said
    assert "```\nProgram failed:\nValueError: no `such` thing\n/close\n```" in said
    assert said.index("ValueError") < said.index("### Dangerous")


def test_no_line_of_a_value_is_taken_for_a_command_to_gitlab() -> None:
    said = _note(_told(_update("hello", "a\nb", "a\n/approve\n@all"), _update("status", "x", "/close")))
    within = re.sub(r"(?s)```.*?```|`[^`]*`", "", said)
    assert "/approve" not in within
    assert "@all" not in within
    assert "/close" not in within


def test_long_values_are_folded_as_what_is_taken_away_and_added() -> None:
    said = _note(_told(_update("hello", "one\ntwo\nthree", "one\n2\nthree")))
    assert "<details><summary>old and new</summary>\n\n```diff\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n```" in said


def test_many_properties_are_folded() -> None:
    old, new = ({f"p{number}": f"{word}{number}" for number in range(9)} for word in ("a", "b"))
    said = _note(_told(step("update", state(BUCKET, "b", old), state(BUCKET, "b", new))))
    assert "<details><summary>9 properties</summary>\n\n- `p0`: `a0` → `b0`\n" in said


def test_many_new_resources_are_folded_and_all_there() -> None:
    said = _note(_told(*(step("create", None, state(TOPIC, f"t{number}", {})) for number in range(40))))
    assert "<details><summary>40 by name</summary>" in said
    assert all(f"`t{number}`" in said for number in range(40))


def test_no_secret_is_in_it() -> None:
    old, new = {"data": {"k": steps.SECRET}}, {"data": {"k": steps.SECRET}}
    said = _note(_told(step("update", state(DEPLOYMENT, "s", old), state(DEPLOYMENT, "s", new), {"data.k": "update"})))
    assert "- `data.k`: `[secret]` → `[secret]`" in said
    assert "ciphertext" not in said


def test_what_policies_found_is_told_and_what_forbids_the_update_first() -> None:
    findings = (
        Finding("limits-set", "urn:pulumi:prod::p::t::hello", "has no limit", mandatory=False),
        Finding("no-public-sql", "", "is public\n@all", mandatory=True),
    )
    said = _note(_told(findings=findings))
    assert said.partition("### Policies\n\n")[2].splitlines()[:2] == [
        "- **Forbidden** by `no-public-sql`: `is public @all`",
        "- **Advice** by `limits-set`, of `hello`: `has no limit`",
    ]


@pytest.mark.parametrize("longest", [1_000_000, 60_000, 20_000, 3_000, 400])
def test_a_note_is_never_longer_than_gitlab_takes_and_says_what_gave_way(longest: int) -> None:
    dangerous = step("delete", state(DATABASE, "main", {}), None)
    large = _told(dangerous, *(_update(f"service-{number}", "a\n" * 400, "b\n" * 400) for number in range(800)))
    whole = _note(large, 10_000_000)
    assert len(whole) > 1_000_000
    said = _note(large, longest)
    assert len(said) <= longest
    assert said.endswith(
        f"**This is shortened to the {longest:,} characters that a note may have; the job's log has it all.**"
    )
    assert "**DatabaseInstance `main` would be deleted**" in said
    if longest > 50_000:
        # Properties give way before names.
        assert all(f"`service-{number}`" in said for number in range(800))


def test_what_is_cut_leaves_nothing_open_in_which_the_rest_could_not_be_read() -> None:
    """A head that is too long alone: its failure is code, and its warnings are folded code."""
    told = _told(warnings=("w" * 3_000,), findings=tuple(Finding("rule", "", "m" * 400, True) for _ in range(9)))
    lengths = range(300, len(_note(told, failure="f" * 3_000)), 97)
    for said in (_note(told, longest, failure="f" * 3_000) for longest in lengths):
        rest = re.sub(r"(?ms)^(`{3,})[a-z]*\n.*?^\1$", "", said)
        assert "```" not in rest
        assert rest.count("<details>") == rest.count("</details>")
        assert "This is shortened" in rest
    assert [len(_note(told, longest, failure="f" * 3_000)) <= longest for longest in lengths].count(False) == 0


def test_a_failure_of_a_million_characters_is_cut_at_its_beginning() -> None:
    said = _note(_told(), failure="x" * 2_000_000 + "the end")
    assert "(its beginning is left out)" in said
    assert "the end" in said
    assert len(said) < 30_000


def test_the_job_s_log_has_all_of_a_shortened_note() -> None:
    large = _told(*(_update(f"service-{number}", "a\n" * 40, "b\n" * 40) for number in range(9)))
    assert len(_note(large, 1_000)) <= 1_000
    assert "shortened" not in _note(large)
