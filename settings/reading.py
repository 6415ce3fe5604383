"""From a stack's configuration to `Settings`.

Two ways lead to it: `from_pulumi` inside the program, and `from_stack_file` for tools that need the settings before
any engine or cluster exists. Encrypted values are accepted as values of add-ons, and as secret variables and files of
workloads. The program gets them as secret outputs. It is not told which of a key's values were encrypted: of add-ons,
all are taken to be; of workloads, the stack file says it. Tools get `[secret]`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi.runtime.config
from pydantic import ValidationError
from web_platform import Fault
from web_platform.chart_values import hide_values
from web_platform.errors import unknown_key_fault

from settings import common, problems, relations
from settings.encryption import ADDONS, OF_WORKLOADS, VALUES, encrypted, is_place, may_hold, replaced
from settings.fields import Encrypted, Section, SettingsError
from settings.problems import Problem
from settings.relations import PROJECT
from settings.stack import Settings
from settings.strict_yaml import load_yaml, no_keys
from settings.workloads import WORKLOADS

# Namespaces of configuration that belong to Pulumi itself and to the providers that the program uses.
_OTHER_NAMESPACES = frozenset({"pulumi", "gcp", "kubernetes", "random"})

_DIRECTORY = Path(__file__).parents[1]

# What Pulumi itself reads at the top of a stack file.
_STACK_FILE_KEYS = ("config", "encryptionsalt", "secretsprovider", "encryptedkey", "environment")


def parse(config: Mapping[str, object], stack: str) -> Settings:
    """Validate a stack's configuration: keys without the project's prefix, values already decoded.

    Raises `SettingsError` with everything that is wrong.
    """
    return _validate(_Source(stack, dict(config)))


def from_pulumi() -> Settings:
    """Read the configuration that the engine gave to the running program."""
    given = pulumi.runtime.config.get_config_env() | pulumi.runtime.config.CONFIG.get()
    secrets = set(pulumi.runtime.config.get_config_secret_keys_env())
    source = _Source(pulumi.get_stack())
    for key, value in given.items():
        source.add(key, decoded(Settings, key, value), key in secrets or pulumi.runtime.config.is_config_secret(key))
    if hiding := source.secrets & WORKLOADS.keys():
        file = _DIRECTORY / f"Pulumi.{source.stack}.yaml"
        raw = load_yaml(file).get("config") or {} if file.is_file() else {}
        for key in hiding:
            source.hide(key, raw.get(f"{PROJECT}:{key}"))
    if ADDONS in source.secrets:
        addons = source.values[ADDONS]
        source.values[ADDONS] = _hidden(addons)
        source.unsayable = set(_words(_with_values(addons, lambda _: None)))
    return _validate(source, _DIRECTORY)


def from_stack_file(directory: Path, stack: str, *, project: Path | None = None) -> Settings:
    """Read a stack's file and the project's defaults, without any engine.

    The defaults are those of the Pulumi.yaml beside the stack's file, or of another one, `project`.
    """
    path = directory / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        stacks = sorted(file.name.split(".", 1)[1].removesuffix(".yaml") for file in directory.glob("Pulumi.*.yaml"))
        raise SettingsError(
            problems.explained(
                f"There is no stack {stack!r}: {path.name} does not exist.\n"
                f"  Stacks here: {', '.join(stacks) or '(none)'}",
                danger="an empty stack of that name would be made, on a cluster that nobody has sized",
                remedy="name one of them, or write that file for a new stack",
            )
        )
    source = _Source(stack)
    for key, value in _project_defaults(load_yaml(project or directory / "Pulumi.yaml")).items():
        source.add(key, value)
    stack_file = load_yaml(path)
    unknown = [str(key) for key in stack_file if key not in _STACK_FILE_KEYS]
    source.problems += [Problem(key, unknown_key_fault(key, _STACK_FILE_KEYS)) for key in unknown]
    if unknown and "config" not in stack_file:
        # Everything would be missing because of it, and need not be said as well.
        raise _refusal(source, source.problems)
    content = stack_file.get("config")
    if content is not None and not isinstance(content, Mapping):
        raise SettingsError(no_keys(f"{path.name}: `config:`", content, "write keys below it"))
    for key, value in (content or {}).items():
        name = str(key).removeprefix(f"{PROJECT}:")
        if may_hold(name):
            places = set(encrypted(value))
            wrong = {path for path in places if not is_place(name, path)}
            source.misplaced |= {(name, *path) for path in wrong}
            right = replaced(value, places - wrong, _unread_addon if name == ADDONS else _unread)
            source.add(str(key), replaced(right, wrong, _unread))
        else:
            source.add(str(key), value, any(True for _ in encrypted(value)))
    return _validate(source, directory)


@dataclass
class _Source:
    """A stack's configuration on its way to `_validate`."""

    stack: str
    values: dict[str, object] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    misplaced: set[tuple[str, ...]] = field(default_factory=set)
    """Where something is encrypted that may not be."""
    shares: bool = False
    """Whether there is more than the stack's own file."""
    unsayable: set[str] = field(default_factory=set)
    """What no message on the add-ons may show, since it may have been encrypted."""

    def add(self, key: str, value: object, secret: bool = False) -> None:
        """Take a key as it stands in a stack file, `namespace:name`."""
        namespace, _, name = key.partition(":")
        if namespace == PROJECT and name:
            self.values[name] = value
            if secret:
                self.secrets.add(name)
        elif namespace not in _OTHER_NAMESPACES or not name:
            self.problems.append(Problem(key, problems.namespace_fault(key, PROJECT, _OTHER_NAMESPACES)))

    def hide(self, key: str, raw: object) -> None:
        """Make secrets of what is encrypted below the key of a section. `raw` is what the stack file has there."""
        if raw is None:
            # Which of them are secrets, nobody says.
            del self.values[key]
            self.problems.append(Problem(f"{PROJECT}:{key}", _UNTOLD_FAULT))
            return
        places = set(encrypted(raw))
        self.misplaced |= {(key, *path) for path in places if not is_place(key, path)}
        self.values[key] = replaced(self.values[key], places, pulumi.Output.secret)


def _validate(source: _Source, directory: Path | None = None) -> Settings:
    """Make settings of a source. In `directory`, the program's, the paths of charts must exist."""
    if directory is not None:
        shared, wrong = common.read_common(directory)
        source.shares = bool(shared)
        domain = None if "domain" in source.secrets else source.values.get("domain")
        source.values = common.with_common(source.values, shared, domain)
        source.problems += wrong
    # What a secret holds must not reach a screen, nor a log: of a key that holds one, only this is said.
    refused = {key for key in source.secrets if not may_hold(key)}
    open_values = {key: value for key, value in source.values.items() if key not in refused}
    secrets = [Problem(f"{PROJECT}:{name}", _SECRET_FAULT) for name in sorted(refused)]
    secrets += [Problem(f"{PROJECT}:{'.'.join(path)}", _misplaced_fault(path[0])) for path in sorted(source.misplaced)]
    found = [*source.problems, *secrets, *relations.problems(open_values, directory)]
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(source.values)
    except ValidationError as error:
        unsaid = [(name,) for name in refused] + [*source.misplaced]
        details = [
            detail
            for detail in error.errors()
            if not any(tuple(map(str, detail["loc"][: len(place)])) == place for place in unsaid)
        ]
        found += problems.found(details, Settings, PROJECT, OF_WORKLOADS)
    if ADDONS in source.secrets:
        found = [_discreet(problem, source.unsayable) for problem in found]
    if found or settings is None:
        raise _refusal(source, found)
    return settings


def _refusal(source: _Source, found: Sequence[Problem]) -> SettingsError:
    count = "a problem" if len(found) == 1 else f"{len(found)} problems"
    files = f"Pulumi.{source.stack}.yaml, laid over {common.FILE}," if source.shares else f"Pulumi.{source.stack}.yaml"
    headline = f"{files} has {count}. Nothing was created or changed."
    return SettingsError(problems.listed(headline, found))


_SECRET_FAULT = Fault(
    what="holds an encrypted value",
    danger="services and add-ons would get it as plain text, for everyone to read who may see their Deployments",
    remedy="keep the secret out of this key, in a Kubernetes Secret that the service reads",
)
_UNTOLD_FAULT = Fault(
    what="holds encrypted values, and the stack's file is not there to say which",
    danger="secrets would be taken for plain text, for everyone to read who may see what is made of them",
    remedy="keep the configuration in the stack's own file, beside Pulumi.yaml",
)


def _misplaced_fault(key: str) -> Fault:
    if key == ADDONS:
        return Fault(
            what="holds an encrypted value",
            danger="of an add-on, only values of the chart are kept secret",
            remedy="write it as plain text, or put the secret into `values` if the chart can take it there",
        )
    return Fault(
        what="holds an encrypted value",
        danger="of a workload, only `secretEnvironment` and `secretFiles` are kept secret",
        remedy="write it as plain text, or put the secret into one of these",
    )


_UNSAYABLE_FAULT = Fault(
    what="is wrong in a way that cannot be told without showing what is there; the key holds an encrypted value",
    danger="everyone could read it who sees this message",
    remedy="run `make preview`, which reads the file itself and tells it",
)


def decoded(section: type[Section], key: str, value: object) -> object:
    """Undo what the engine did to a value of a section, by its full key: all but text arrives as JSON."""
    declared = problems.fields(section).get(key.partition(":")[2])
    if not isinstance(value, str) or (declared is not None and declared.annotation is str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _project_defaults(project: Mapping[str, Any]) -> dict[str, object]:
    """Defaults that Pulumi.yaml declares, which the engine uses for keys that a stack file lacks."""
    defaults: dict[str, object] = {}
    for key, declared in (project.get("config") or {}).items():
        if isinstance(declared, Mapping):
            for word in ("value", "default"):
                if word in declared:
                    defaults[key if ":" in key else f"{PROJECT}:{key}"] = declared[word]
    return defaults


def _unread(_: object) -> Encrypted:
    """What tools have in place of an encrypted value, which takes an engine to read."""
    return Encrypted()


def _unread_addon(_: object) -> str:
    """The same as a chart's value, of which nobody knows the type."""
    return "[secret]"


def _hidden(addons: object) -> object:
    """Add-ons whose values are secret outputs, each by itself."""
    return _with_values(addons, lambda values: hide_values(values) if isinstance(values, Mapping) else values)


def _with_values(addons: object, change: Callable[[object], object]) -> object:
    if not isinstance(addons, Mapping):
        return addons
    return {
        name: {**addon, VALUES: change(addon[VALUES])} if isinstance(addon, Mapping) and VALUES in addon else addon
        for name, addon in addons.items()
    }


def _words(value: object) -> Iterator[str]:
    """What the texts and numbers of a value are made of, keys left out."""
    if isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _words(part)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        # Also in parts: a fault may say a path as it is resolved, or quote what has quotes in it.
        yield from (str(value), *re.findall(r"\w{3,}", str(value)))


def _discreet(problem: Problem, unsayable: Set[str]) -> Problem:
    """A problem as it may be told, if it is one of the add-ons: without any value of theirs."""
    if not problem.place.startswith(f"{PROJECT}:{ADDONS}"):
        return problem
    said = " ".join(problem.fault)
    shown = any(word and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", said) for word in unsayable)
    return Problem(problem.place, _UNSAYABLE_FAULT if shown else problem.fault)
