"""Where secrets must not stand."""

import re
from collections.abc import Iterator, Mapping

from web_platform.relations.objects import listed

from policy import pods
from policy.rule import Resource, ResourceRule, value_at

_CONFIG_MAP = "kubernetes:core/v1:ConfigMap"

# Names of what is secret, but not of where it is.
_NAME = re.compile(r"(?i)(passw(or)?d|secret|token|credentials?|(api|access|private|signing)[-_.]?key)s?$")

# How private keys begin, keys of well-known services, and passwords within URLs.
_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\b(AKIA|ghp_|glpat-|xox[bp]-|AIza)[\w-]{12}|://[^/\s:@$]+:[^/\s@$]+@"
)


def _readable(resource: Resource) -> Iterator[str]:
    for field, container in pods.containers_of(resource):
        for place, variable in listed(container, "env", field):
            name, value = value_at(variable, "name", ""), value_at(variable, "value", "")
            if _is_secret(name, value):
                yield f"{place} ({name}) has its value in plain text"
    if resource.type == _CONFIG_MAP:
        data = resource.get("data", {})
        for name, value in data.items() if isinstance(data, Mapping) else ():
            if _is_secret(name, value):
                yield f"data has {name} in plain text"


def _is_secret(name: object, value: object) -> bool:
    if not isinstance(value, str) or not value:
        return False
    # A reference to another variable is no secret.
    named = isinstance(name, str) and _NAME.search(name) is not None and not value.startswith("$(")
    return named or _VALUE.search(value) is not None


NO_PLAIN_SECRETS = ResourceRule(
    name="no-plain-secrets",
    demand="Secrets stand in Secrets.",
    danger="Whoever may look at a Deployment or a ConfigMap reads it, and so does every tool that shows one.",
    remedy="Pass it as `secretEnvironment` or `secretFiles`, and encrypt it in the stack file.",
    source="https://kubernetes.io/docs/concepts/configuration/secret/",
    types=(*pods.TYPES, _CONFIG_MAP),
    check=_readable,
)
