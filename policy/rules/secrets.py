"""Where secrets must not stand."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from web_platform.relations.objects import listed, texts

from policy import pods
from policy.charts import values_of
from policy.resource import Resource, value_at
from policy.rule import ResourceRule
from policy.secrecy import Secret

_CONFIG_MAP = "kubernetes:core/v1:ConfigMap"

# Names of what is secret, but not of where it is. `pass` and `pwd` are so only as words of their own: there are
# bypasses and working directories.
_NAME = re.compile(
    r"(?i:(passw(or)?d|passphrase|passcode|secret|token|credential)s?"
    r"|(api|access|auth|encryption|master|private|secret|signing)[-_.]?keys?)[-_.]?\d*$"
    r"|(?i:(^|[-_.])pass|[a-z\d][-_.]pwd)[-_.]?\d*$"
    r"|[a-z\d]P(ass|wd)\d*$"
)

# In values of charts, what is called a secret or credentials is most often the name of a Secret.
_NAME_OF_OBJECT = re.compile(r"(?i)(?!.*client[-_.]?secret$).*(secret|credential)s?([-_.]?key)?")

# How private keys begin, keys of well-known services, tokens that are signed, and passwords within URLs.
_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\b(A[KS]IA|AIza|GOCSPX-|dckr_pat_|gh[oprsu]_|github_pat_|gl(pat|dt|rt|cbt|ptt|ft|soat|imt|agent)-|hvs\.|pypi-AgE"
    r"|[rs]k_live_|shpat_|sk-ant-|xapp-\d-|xox[abeoprs]-|ya29\.)[\w-]{12}"
    r"|\bnpm_[A-Za-z\d]{36}\b|\bSG\.[\w-]{16,}\.|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\."
    r"|://[^/\s:@$]*:[^/\s@$]+@"
)

# What says where a secret is, instead of what it is: another variable, a template's placeholder, a file.
_REFERENCE = re.compile(r"^\$[({A-Za-z_]|\$\(\w+\)|\$\{|\{\{|^/[\w.-]+/")
_ASSIGNMENT = re.compile(r"""(?:^|[\s"';&?-])([A-Za-z][\w.-]*)=("[^"]*"|'[^']*'|[^\s"';&]*)""")


def _readable(resource: Resource) -> Iterator[str]:
    for field, container in pods.containers_of(resource):
        yield from _of_variables(container, "env", field)
        for part in ("command", "args"):
            yield from _of_arguments(container, part, field)
    if resource.type == _CONFIG_MAP:
        data = resource.get("data", {})
        for name, value in data.items() if isinstance(data, Mapping) else ():
            if _is_secret(name, value):
                yield f"data has {name} in plain text"
    yield from _of_values(values_of(resource))


def _of_variables(holder: object, part: str, field: str) -> Iterator[str]:
    for place, variable in listed(holder, part, field):
        name = value_at(variable, "name", "")
        if _is_secret(name, value_at(variable, "value", "")):
            yield f"{place} ({name}) has its value in plain text"


def _of_arguments(holder: object, part: str, field: str) -> Iterator[str]:
    """Secrets within an argument, as in `--password=…` and `PASSWORD=… run`, and in the one after its name."""
    before = ""
    for place, argument in texts(holder, part, field):
        named = _assigned(argument) or (before if not argument.startswith("-") and _is_secret(before, argument) else "")
        if named or _is_secret("", argument):
            yield f"{place}{f' ({named})' if named else ''} has a secret in plain text"
        before = argument.lstrip("-") if argument.startswith("-") else ""


def _of_values(values: Any) -> Iterator[str]:  # noqa: ANN401 - values of charts are of any type
    """Secrets among the values of a chart that Pulumi does not keep as such; Helm puts all of them into a Secret."""
    for place, name, value in _texts_in(values, "values", ""):
        called = name if not _NAME_OF_OBJECT.fullmatch(name) else ""
        if not isinstance(value, Secret) and (_is_secret(called, value) or _assigned(value)):
            yield f"{place} is in plain text"


def _texts_in(values: Any, field: str, name: str) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401 - as above
    """Each text of some values with its field and its name, which may stand beside it as in a list of variables."""
    if isinstance(values, str):
        yield field, name, values
    elif isinstance(values, Mapping):
        beside = values.get("name")
        for key, value in values.items():
            called = beside if key == "value" and isinstance(beside, str) else str(key)
            yield from _texts_in(value, f"{field}.{key}", called)
    elif isinstance(values, list | tuple):
        for number, value in enumerate(values):
            yield from _texts_in(value, f"{field}[{number}]", name)


def _assigned(said: str) -> str:
    """The name of a secret that a text gives a value to."""
    found = _ASSIGNMENT.findall(said)
    return next((str(name) for name, value in found if _is_secret(name, value.strip("\"'"))), "")


def _is_secret(name: object, value: object) -> bool:
    if not isinstance(value, str) or not value:
        return False
    return _VALUE.search(value) is not None or (isinstance(name, str) and _is_called_secret(name, value))


def _is_called_secret(name: str, value: str) -> bool:
    if _NAME.search(name) is None or _REFERENCE.search(value) or value.lower() in ("true", "false"):
        return False
    # How many tokens something may use is none.
    return not (name.lower().endswith("tokens") and value.isdigit())


NO_PLAIN_SECRETS = ResourceRule(
    name="no-plain-secrets",
    demand="Secrets stand in Secrets.",
    danger="Whoever may look at a Deployment or a ConfigMap reads it, and so does every tool that shows one.",
    remedy="Pass it as `secretEnvironment` or `secretFiles`, and encrypt it in the stack file.",
    source="https://kubernetes.io/docs/concepts/configuration/secret/",
    types=pods.TYPES,
    check=_readable,
)
