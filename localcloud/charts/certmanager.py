"""The cert-manager chart as its authors release it, out of their Go module."""

import re
import shutil
from pathlib import Path

from localcloud.charts.modules import Module

# Beside these, the module's chart folder holds its tests and what its own build needs.
_RELEASED = (".helmignore", "values.yaml", "values.schema.json")


def release(module: Module, chart: Path) -> None:
    """Writes the released chart into the new directory `chart`.

    The release is the module's chart folder with the version filled in and two annotations added to Chart.yaml. Its
    custom resource definitions are among its templates: ``crds.enabled`` renders them and ``crds.keep`` keeps them when
    the release is uninstalled.
    """
    source = module.directory / "deploy/charts/cert-manager"
    (chart / "templates").mkdir(parents=True)
    for name in (*_RELEASED, *(f"templates/{file.name}" for file in (source / "templates").iterdir())):
        # Not shutil.copy: Go's cache is read only, and its modes would come along.
        shutil.copyfile(source / name, chart / name)
    readme = (source / "README.template.md").read_text()
    (chart / "README.md").write_text(readme.replace("{{RELEASE_VERSION}}", module.version))
    signing_key = (source / "signkey_annotation.txt").read_text()
    description = (source / "Chart.yaml").read_text()
    (chart / "Chart.yaml").write_text(describe(description, module.version, signing_key))


def describe(template: str, version: str, signing_key: str) -> str:
    """The Chart.yaml of release `version`, made of the one in the module, which has placeholders for versions."""
    prerelease = "true" if "-" in version else "false"
    key = "".join(f"    {line}\n" for line in signing_key.splitlines())
    added = f'annotations:\n  artifacthub.io/prerelease: "{prerelease}"\n  artifacthub.io/signKey: |\n{key}'
    text, versions = re.subn(r"(?m)^(version|appVersion): v0\.0\.0$", rf"\1: {version}", template)
    text, annotated = re.subn(r"(?m)^annotations:\n", lambda _: added, text)
    if (versions, annotated) != (2, 1):
        raise ValueError(f"cert-manager {version} lays out its Chart.yaml in a way that is not known here:\n{template}")
    return text
