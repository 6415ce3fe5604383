"""The mock engine that other tests rely on: it must see what the real engine would."""

import pulumi
import pytest

from tests.recording import DuplicateUrnError, Recording, declare


class Part(pulumi.ComponentResource):
    """A component without arguments."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("web-platform:index:Part", name, None, opts)
        self.register_outputs({"name": name})


def test_two_resources_of_one_urn_fail() -> None:
    def program() -> None:
        Part("twin")
        Part("twin")

    with pytest.raises(Exception, match="Part::twin") as failure:
        declare(program)
    assert isinstance(failure.value, DuplicateUrnError)


def test_one_name_under_two_parents_is_no_duplicate_for_children_of_children() -> None:
    def program() -> None:
        inner = Part("inner", pulumi.ResourceOptions(parent=Part("outer")))
        Part("twin", pulumi.ResourceOptions(parent=inner))
        Part("twin")

    ancestries = sorted(resource.ancestry.count("$") for resource in declare(program) if resource.name == "twin")
    assert ancestries == [0, 2]


def test_outputs_and_exports_are_recorded() -> None:
    def program() -> None:
        Part("part")
        pulumi.export("answer", pulumi.Output.from_input(42))

    recording = declare(program)
    assert recording.outputs_of("web-platform:index:Part", "part") == {"name": "part"}
    assert recording.exports() == {"answer": 42}


def test_errors_of_the_program_are_raised() -> None:
    def program() -> None:
        raise pulumi.RunError("no")

    with pytest.raises(pulumi.RunError, match="no"):
        declare(program)


def test_what_was_declared_before_an_error_is_recorded() -> None:
    def program() -> None:
        Part("part")
        raise pulumi.RunError("no")

    recording = Recording()
    with pytest.raises(pulumi.RunError, match="no"):
        declare(program, recording=recording)
    assert recording.names() == [("web-platform:index:Part", "part")]
