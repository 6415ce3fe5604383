"""The lists of what is exported agree, and where they do not, a sentence says it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import web_platform

from surface.names import names_fault

PACKAGE = Path(web_platform.__file__).parent
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the two files that have the lists."""
    for name in ("__init__.pyi", "package/components.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PACKAGE / name, tmp_path / name)
    monkeypatch.setattr("surface.names._EXPORTS", tmp_path / "__init__.pyi")
    monkeypatch.setattr("surface.names._COMPONENTS", tmp_path / "package" / "components.py")
    return tmp_path


def test_the_lists_agree() -> None:
    assert (fault := names_fault()) is None, fault


@pytest.mark.parametrize(
    ("file", "written", "instead", "told"),
    [
        (
            "__init__.pyi",
            '    "Dangling",\n',
            "",
            "Dangling is imported by __init__.pyi, and not in its `__all__`.\n"
            "  Programs would get it, and their type checkers would refuse it.\n"
            "  Remedy: write it into `__all__`, or do not import it.",
        ),
        (
            "__init__.pyi",
            "import Dangling, dangling",
            "import dangling",
            "Dangling is in `__all__` of __init__.pyi, which does not import it.\n"
            "  Type checkers would let programs use it, and those would fail.\n"
            "  Remedy: import it there, or take it out of `__all__`.",
        ),
        (
            "package/components.py",
            "    web_platform.Topic,\n",
            "    web_platform.Topic,\n    web_platform.Queue,\n",
            "Queue is in package/components.py, and not imported by __init__.pyi.\n"
            "  The package would not start.\n"
            "  Remedy: import it there, or take it out of package/components.py.",
        ),
        (
            "package/components.py",
            "    web_platform.Topic,\n",
            "",
            "Topic is a component that __init__.pyi imports, and not in package/components.py.\n"
            "  Programs in other languages could not make it.\n"
            "  Remedy: write it there, or do not import it.",
        ),
    ],
)
def test_a_name_that_only_one_list_has_is_told(copy: Path, file: str, written: str, instead: str, told: str) -> None:
    _change(copy / file, written, instead)
    assert names_fault() == told


def test_the_check_tells_of_a_name_that_is_gone_instead_of_failing_on_it(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "web_platform", ignore=shutil.ignore_patterns("__pycache__"))
    exports = tmp_path / "web_platform" / "__init__.pyi"
    _change(exports, "PubSubSubscriptionArgs, Topic,", "PubSubSubscriptionArgs,")
    _change(exports, '    "Topic",\n', "")
    check = subprocess.run(
        [sys.executable, "-m", "surface", "check"],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 1
    assert check.stderr == (
        "Topic is in package/components.py, and not imported by __init__.pyi.\n"
        "  The package would not start.\n"
        "  Remedy: import it there, or take it out of package/components.py.\n"
    )


def _change(file: Path, written: str, instead: str) -> None:
    text = file.read_text()
    assert text.count(written) == 1
    file.write_text(text.replace(written, instead))
