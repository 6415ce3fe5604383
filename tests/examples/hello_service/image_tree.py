"""A Dockerfile as a tree of images, read by the parser that Docker itself uses, and what is asked of each of them."""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import dockerfile  # type: ignore[import-not-found]

_PINNED = re.compile(r"\S+:(?!latest@)[\w.-]+@sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Image:
    """A stage of a Dockerfile.

    Attributes:
        name: What the stage is called.
        source: What it begins with: another stage, or an image from a registry.
        steps: What it lays on that.
    """

    name: str
    source: str
    steps: Sequence[dockerfile.Command]


class ImageTree:
    """All stages of a Dockerfile."""

    def __init__(self, text: str) -> None:
        self.images: dict[str, Image] = {}
        steps: list[dockerfile.Command] = []
        for command in dockerfile.parse_string(text):
            if command.cmd == "FROM":
                steps = []
                source, *named = command.value
                name = named[1] if named else f"stage {len(self.images)}"
                self.images[name] = Image(name, source, steps)
            else:
                steps.append(command)

    def line(self, name: str) -> list[Image]:
        """An image and all that it descends from, the eldest first."""
        image = self.images[name]
        return [*(self.line(image.source) if image.source in self.images else []), image]

    def steps(self, name: str) -> list[dockerfile.Command]:
        """All that is done for an image, from the first step of its eldest ancestor on."""
        return [step for image in self.line(name) for step in image.steps]

    def last(self, name: str, command: str) -> dockerfile.Command | None:
        """The step that decides: the last of its kind."""
        return next((step for step in reversed(self.steps(name)) if step.cmd == command), None)

    def command(self, name: str) -> list[str]:
        """What a container of this image runs."""
        decides = self.last(name, "CMD")
        return list(decides.value) if decides else []

    def environment(self, name: str) -> dict[str, str]:
        """The variables that a container of this image has from it."""
        return {key: value for step in self.steps(name) if step.cmd == "ENV" for key, value in _pairs(step)}

    def lay_out(self, name: str, context: Path, root: Path) -> Path:
        """Copy what an image gets of a folder to its places, below `root`, and give its working directory there."""
        at = PurePosixPath("/")
        for step in self.steps(name):
            if step.cmd == "WORKDIR":
                at /= step.value[0]
            elif step.cmd == "COPY":
                *sources, target = step.value
                for source in sources:
                    place = root / str(at / target).lstrip("/")
                    place = place / source if target.endswith("/") else place
                    place.parent.mkdir(parents=True, exist_ok=True)
                    copy = shutil.copytree if (context / source).is_dir() else shutil.copy2
                    copy(context / source, place)
        return root / str(at).lstrip("/")


def faults(text: str, targets: Sequence[str]) -> Iterator[str]:
    """Find what is not as it should be in a Dockerfile that is built for these targets, and hadolint allows."""
    tree = ImageTree(text)
    if missing := [target for target in targets if target not in tree.images]:
        yield f"no stage is called {', '.join(missing)}"
        return
    for image in tree.images.values():
        if image.source not in tree.images and not _PINNED.fullmatch(image.source):
            yield f"{image.name}: {image.source} may be another image tomorrow"
        for step in image.steps:
            yield from (f"{image.name}: {fault}" for fault in _step_faults(step, tree.images))
    if len({tree.line(target)[0].name for target in targets}) > 1:
        yield "the targets have no ancestor in common"
    for target in targets:
        if tree.last(target, "USER") is None:
            yield f"{target}: runs as root"
        if tree.last(target, "CMD") is None:
            yield f"{target}: does not say what it runs"


def _step_faults(step: dockerfile.Command, images: Mapping[str, Image]) -> Iterator[str]:
    if step.cmd == "ADD":
        yield from (f"{source} may be something else tomorrow" for source in step.value[:-1] if "://" in source)
    for flag in step.flags if step.cmd == "COPY" else ():
        source = flag.removeprefix("--from=")
        if source != flag and source not in images and not _PINNED.fullmatch(source):
            yield f"{source} may be another image tomorrow"


def _pairs(step: dockerfile.Command) -> Iterator[tuple[str, str]]:
    """The names and values of an ENV."""
    for name, value in zip(step.value[::2], step.value[1::2], strict=True):
        yield name, value.strip("\"'")
