"""The distribution `web-platform`: what is built, and what it says of itself."""

import ast
import email
import importlib.metadata
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
import web_platform
from markdown_it import MarkdownIt

SOURCES = Path(web_platform.__file__).parent
COMPONENTS = SOURCES.parent
PROJECT: dict[str, Any] = tomllib.loads((COMPONENTS / "pyproject.toml").read_text())["project"]
NAME = f"web_platform-{PROJECT['version']}"


def _build(source: Path, *options: str, to: Path) -> None:
    command = [f"{sys.prefix}/bin/uv", "build", *options, str(source), "--out-dir", str(to)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with the source distribution, and the wheel that was made of it."""
    directory = tmp_path_factory.mktemp("dist")
    _build(COMPONENTS, to=directory)
    return directory


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(built / f"{NAME}-py3-none-any.whl")


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return email.message_from_bytes(wheel.read(f"{NAME}.dist-info/METADATA"))


def test_the_wheel_holds_the_package_with_its_types_and_its_licence_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    files = {
        f"web_platform/{file.relative_to(SOURCES)}"
        for file in SOURCES.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    about = {f"{NAME}.dist-info/{file}" for file in ("METADATA", "WHEEL", "RECORD", "licenses/LICENSE")}
    assert set(wheel.namelist()) == files | about
    assert {"web_platform/py.typed", "web_platform/__init__.pyi"} <= files
    licence = (COMPONENTS.parent / "LICENSE").read_bytes()
    assert wheel.read(f"{NAME}.dist-info/licenses/LICENSE") == licence


def test_the_source_distribution_makes_the_wheel_that_the_folder_makes(built: Path, tmp_path: Path) -> None:
    _build(COMPONENTS, "--wheel", to=tmp_path)
    file = f"{NAME}-py3-none-any.whl"
    assert (tmp_path / file).read_bytes() == (built / file).read_bytes()


def test_the_source_distribution_is_a_package_of_pulumi_too(built: Path) -> None:
    with tarfile.open(built / f"{NAME}.tar.gz") as archive:
        names = {name.removeprefix(f"{NAME}/") for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "PulumiPlugin.yaml", "__main__.py"} <= names


def test_the_metadata_say_what_the_project_does(metadata: Message) -> None:
    assert (metadata["Name"], metadata["Version"]) == ("web-platform", PROJECT["version"])
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == PROJECT["requires-python"]
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload() == (COMPONENTS / "README.md").read_text()
    assert metadata.get_all("Project-URL") is None  # Where this is kept is up to whoever keeps it.
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])


def test_every_package_that_is_imported_is_required_and_no_other() -> None:
    parsed = [ast.parse(file.read_text()) for file in SOURCES.rglob("*.py")]
    nodes = [node for module in parsed for node in ast.walk(module)]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names = plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    modules = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"web_platform"}
    providers = importlib.metadata.packages_distributions()
    imported = {_normalized(provider) for module in modules for provider in set(providers[module])}
    required = {_normalized(re.split(r"[<>=!~;\[ ]", each)[0]) for each in PROJECT["dependencies"]}
    # Time zones, for machines that have none: `zoneinfo` finds them by itself.
    assert "zoneinfo" in names
    assert required - {"tzdata"} == imported


def test_the_readme_is_rendered_alone(metadata: Message) -> None:
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(str(metadata.get_payload()))
    assert html.count("<table>") == 1
    assert html.count("<pre>") == 2
    # Where a registry shows it there is no other file that a link could lead to.
    assert [link for link in re.findall(r'(?:href|src)="([^"]+)"', html) if not link.startswith("https://")] == []
    assert "&lt;" not in re.sub(r"<code.*?</code>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("example", "asked"),
    [
        ("team-service", "./wheels/web_platform-{version}-py3-none-any.whl"),
        ("hello-service/infrastructure", "web-platform>={minor},<{following}"),
    ],
)
def test_examples_take_what_is_compatible_with_this_version_and_with_the_local_cloud(example: str, asked: str) -> None:
    repository = COMPONENTS.parent
    lines = (repository / "examples" / example / "requirements.txt").read_text().splitlines()
    major, minor, _ = PROJECT["version"].split(".")
    following = f"0.{int(minor) + 1}" if major == "0" else f"{int(major) + 1}"
    assert asked.format(version=PROJECT["version"], minor=f"{major}.{minor}", following=following) in lines
    (pinned,) = re.findall(r"^pulumi-kubernetes==\S+", (repository / "requirements.txt").read_text(), re.MULTILINE)
    assert any(line.startswith(f"{pinned} #") for line in lines)


def test_no_example_takes_the_components_from_where_anybody_may_put_them() -> None:
    by_name = re.compile(r"^web-platform\b", re.MULTILINE)
    files = [path for path in (COMPONENTS.parent / "examples").rglob("requirements*.*") if ".venv" not in path.parts]
    asking = [text for path in files if by_name.search(text := path.read_text())]
    assert asking
    for text in asking:
        options = [line.split()[0] for line in text.splitlines() if line.startswith("-")]
        assert options == ["--index-url"]


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
