"""Add-ons: in whose namespace each is, what each waits for, and whether its chart and files are there."""

import graphlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from web_platform import Fault
from web_platform.value_files import read_value_file

from settings.problems import Problem, shown
from settings.relations.declared import declared
from settings.sections import AddonSettings


def problems(
    addons: Mapping[str, AddonSettings], values: Mapping[str, object], directory: Path | None
) -> Iterator[Problem]:
    """Find add-ons that could not be installed, or would be in the way of others."""
    yield from _wrong_dependencies(addons, values)
    if directory:
        yield from _absent_charts(addons, directory)
        yield from _unreadable_values(addons, directory)


def _wrong_dependencies(addons: Mapping[str, AddonSettings], values: Mapping[str, object]) -> Iterator[Problem]:
    """Find add-ons that wait for what nobody installs, or for each other."""
    known = declared(values, "addons")
    for name, addon in addons.items():
        place = f"addons.{name}.dependsOn"
        for other in addon.depends_on:
            if other not in known:
                fault = Fault(
                    what=f"names {other!r}, which is not among the add-ons of this stack",
                    danger="it would wait for what nobody installs",
                    remedy=f"add it under `addons`; there are: {', '.join(known)}",
                )
                yield Problem(place, fault)
            elif addon.enabled and other in addons and not addons[other].enabled:
                fault = Fault(
                    what=f"names {other!r}, which is not enabled",
                    danger="it would wait for what nobody installs",
                    remedy=f"set `enabled: true` for {other!r}, or `enabled: false` for {name!r}",
                )
                yield Problem(place, fault)
    try:
        graphlib.TopologicalSorter({name: addon.depends_on for name, addon in addons.items()}).prepare()
    except graphlib.CycleError as found:
        circle = " → ".join(reversed(found.args[1]))
        fault = Fault(
            what=f"goes in a circle: {circle}",
            danger="each of them would wait for the others, and none would be installed",
            remedy="remove one of these",
        )
        yield Problem(f"addons.{found.args[1][-1]}.dependsOn", fault)


def _absent_charts(addons: Mapping[str, AddonSettings], directory: Path) -> list[Problem]:
    """Find add-ons whose chart is a path that leads nowhere, from the program's directory."""
    found: list[Problem] = []
    for name, addon in addons.items():
        if addon.chart.startswith(("./", "../", "/")) and not _exists(directory / addon.chart):
            fault = Fault(
                what=f"is a path, but nothing is at {directory / addon.chart}",
                danger="the add-on could not be installed, and the rest of the stack would be made without it",
                remedy="correct the path, which begins at the directory of the program, or put the chart there",
            )
            found.append(Problem(f"addons.{name}.chart", fault, shown(addon.chart)))
    return found


def _unreadable_values(addons: Mapping[str, AddonSettings], directory: Path) -> Iterator[Problem]:
    """Find add-ons with files of values that are not there or no YAML, from the program's directory."""
    for name, addon in addons.items():
        for file in addon.value_files:
            values = read_value_file(directory / file)
            if isinstance(values, Fault):
                yield Problem(f"addons.{name}.valueFiles", values)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # A name that no file can have.
        return False
