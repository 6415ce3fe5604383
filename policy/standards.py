"""The Pod Security Standards of Kubernetes: what each refuses of a pod, as the admission of the API server does.

Each check is for one of the controls that https://kubernetes.io/docs/concepts/security/pod-security-standards/ lists,
and says what is wrong as phrases. What is known only later is admitted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain

from web_platform.relations.objects import listed, texts

from policy.pods import Pod
from policy.resource import value_at

RESTRICTED, BASELINE, PRIVILEGED = "restricted", "baseline", "privileged"

_OF_NODE = ("hostNetwork", "hostPID", "hostIPC")
_VOLUMES = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
_SYSCTLS = (
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
)
_SE_LINUX = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_PROFILES = ("RuntimeDefault", "Localhost")
_APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
_BINDING = "NET_BIND_SERVICE"
_CAPABILITIES = (
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    _BINDING,
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
)
_HANDLERS = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop")

_Check = Callable[[Pod], Iterable[str]]


def refused(standard: str, pod: Pod) -> Iterator[str]:
    """What a standard refuses of a pod."""
    return chain.from_iterable(check(pod) for check in _CHECKS[standard])


def _host_namespaces(pod: Pod) -> Iterator[str]:
    yield from (f"{pod.field}.{key} is true" for key in _OF_NODE if pod.spec.get(key) is True)


def _host_paths(pod: Pod) -> Iterator[str]:
    for place, volume in listed(pod.spec, "volumes", pod.field):
        if value_at(volume, "hostPath") is not None:
            yield f"{place} is a hostPath"


def _volumes(pod: Pod) -> Iterator[str]:
    for place, volume in listed(pod.spec, "volumes", pod.field):
        kinds = {str(kind) for kind in volume if kind != "name"} if isinstance(volume, Mapping) else set()
        yield from (f"{place} is a {kind}" for kind in sorted(kinds - _VOLUMES))


def _sysctls(pod: Pod) -> Iterator[str]:
    for place, sysctl in listed(pod.spec, "securityContext.sysctls", pod.field):
        if (name := value_at(sysctl, "name", "")) not in (None, *_SYSCTLS):
            yield f"{place}.name is {name}"


def _contexts(pod: Pod) -> Iterator[tuple[str, object]]:
    """What the pod says of all its containers, and what each says of itself, with its field."""
    yield f"{pod.field}.securityContext", value_at(pod.spec, "securityContext", {})
    yield from _own_contexts(pod)


def _own_contexts(pod: Pod) -> Iterator[tuple[str, object]]:
    for place, container in pod.containers():
        yield f"{place}.securityContext", value_at(container, "securityContext", {})


def _se_linux(pod: Pod) -> Iterator[str]:
    for place, context in _contexts(pod):
        if (kind := value_at(context, "seLinuxOptions.type", "")) not in (None, *_SE_LINUX):
            yield f"{place}.seLinuxOptions.type is {kind}"
        for key in ("user", "role"):
            if value_at(context, f"seLinuxOptions.{key}", ""):
                yield f"{place}.seLinuxOptions.{key} is set"


def _app_armor(pod: Pod) -> Iterator[str]:
    for place, context in _contexts(pod):
        yield from _profile(place, context, "appArmorProfile")
    for name, profile in pod.annotations.items():
        admitted = profile in (None, "", "runtime/default") or str(profile).startswith("localhost/")
        if str(name).startswith(_APP_ARMOR) and not admitted:
            yield f"{pod.field.removesuffix('spec')}metadata.annotations has {name}: {profile}"


def _seccomp_said(pod: Pod) -> Iterator[str]:
    for place, context in _contexts(pod):
        yield from _profile(place, context, "seccompProfile")


def _profile(place: str, context: object, key: str) -> Iterator[str]:
    kind = value_at(context, f"{key}.type", "missing") if value_at(context, key) is not None else None
    if kind not in (None, *_PROFILES):
        yield f"{place}.{key}.type is {kind}"


def _host_processes(pod: Pod) -> Iterator[str]:
    for place, context in _contexts(pod):
        if value_at(context, "windowsOptions.hostProcess", False) is True:
            yield f"{place}.windowsOptions.hostProcess is true"


def _privileged(pod: Pod) -> Iterator[str]:
    for place, context in _own_contexts(pod):
        if value_at(context, "privileged", False) is True:
            yield f"{place}.privileged is true"


def _unmasked(pod: Pod) -> Iterator[str]:
    for place, context in _own_contexts(pod):
        if (mount := value_at(context, "procMount", "Default")) not in (None, "Default"):
            yield f"{place}.procMount is {mount}"


def _unmasked_for_node(pod: Pod) -> Iterator[str]:
    # In a namespace of users of its own, a container sees no more than what is its pod's.
    if not _has_own_users(pod):
        yield from _unmasked(pod)


def _host_ports(pod: Pod) -> Iterator[str]:
    for place, container in pod.containers():
        for port, opened in listed(container, "ports", place):
            if value_at(opened, "hostPort", 0):
                yield f"{port}.hostPort is a port of the node"


def _hosts(pod: Pod) -> Iterator[str]:
    for place, container in pod.containers():
        for handler in _HANDLERS:
            for kind in ("httpGet", "tcpSocket"):
                if value_at(container, f"{handler}.{kind}.host", ""):
                    yield f"{place}.{handler}.{kind}.host is set"


def _added(pod: Pod, admitted: Sequence[str]) -> Iterator[str]:
    for place, context in _own_contexts(pod):
        for _, capability in texts(context, "capabilities.add"):
            if capability not in admitted:
                yield f"{place}.capabilities.add has {capability}"


def _undropped(pod: Pod) -> Iterator[str]:
    for place, context in _own_contexts(pod):
        dropped = value_at(context, "capabilities.drop", pod.unsaid([]))
        if isinstance(dropped, list | tuple) and "ALL" not in dropped and None not in dropped:
            yield f"{place}.capabilities.drop does not have ALL"


def _escalating(pod: Pod) -> Iterator[str]:
    for place, context in _own_contexts(pod):
        if value_at(context, "allowPrivilegeEscalation", pod.unsaid(True)) is True:
            yield f"{place}.allowPrivilegeEscalation is not false"


def _root(pod: Pod) -> Iterator[str]:
    if _has_own_users(pod):
        return
    said_so = (place for place, context in _contexts(pod) if value_at(context, "runAsNonRoot") is False)
    yield from (f"{place}.runAsNonRoot is not true" for place in (*said_so, *_silent(pod, "runAsNonRoot")))
    for place, context in _contexts(pod):
        if value_at(context, "runAsUser", "") == 0:
            yield f"{place}.runAsUser is root"


def _seccomp_unsaid(pod: Pod) -> Iterator[str]:
    yield from (f"{place}.seccompProfile is missing" for place in _silent(pod, "seccompProfile"))


def _silent(pod: Pod, key: str) -> Iterator[str]:
    """The fields of containers of which neither they nor their pod say something."""
    nothing = object()
    if value_at(pod.spec, f"securityContext.{key}", pod.unsaid(nothing)) is nothing:
        for place, context in _own_contexts(pod):
            if value_at(context, key, pod.unsaid(nothing)) is nothing:
                yield place


def _has_own_users(pod: Pod) -> bool:
    """Whether root in the pod is nobody on its node."""
    return pod.spec.get("hostUsers") is False


_BOTH: tuple[_Check, ...] = (
    _host_namespaces,
    _sysctls,
    _se_linux,
    _app_armor,
    _seccomp_said,
    _host_processes,
    _privileged,
    _host_ports,
    _hosts,
)
_CHECKS: Mapping[str, tuple[_Check, ...]] = {
    PRIVILEGED: (),
    BASELINE: (*_BOTH, _host_paths, _unmasked_for_node, partial(_added, admitted=_CAPABILITIES)),
    RESTRICTED: (
        *_BOTH,
        _volumes,
        _unmasked,
        _escalating,
        _root,
        _seccomp_unsaid,
        _undropped,
        partial(_added, admitted=(_BINDING,)),
    ),
}
