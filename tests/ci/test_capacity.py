"""Whether the nodes hold what a stack declares."""

from pathlib import Path
from typing import Any

import pytest

import settings
from ci.preview.capacity import Amount, capacity
from tests.ci.steps import state, step

ROOT = Path(settings.__file__).parents[1]


def _object(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    inputs = {"kind": kind, "metadata": {"namespace": "services", "name": name}, "spec": spec}
    return step("same", None, state(f"kubernetes:apps/v1:{kind}", f"{name}-{kind}", inputs))


def _container(cpu: str, memory: str, **more: Any) -> dict[str, Any]:
    return {"resources": {"requests": {"cpu": cpu, "memory": memory}}, **more}


def _pods(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"template": {"spec": {"containers": [*containers], **more}}}


@pytest.fixture(scope="module")
def prod() -> settings.Settings:
    """Two nodes of e2-standard-4: 7840m of CPU."""
    return settings.from_stack_file(ROOT, "prod")


def _autoscaler(name: str, most: int) -> dict[str, Any]:
    return _object("HorizontalPodAutoscaler", name, {"scaleTargetRef": {"name": name}, "maxReplicas": most})


def test_pods_are_counted_at_their_fewest_and_at_their_most(prod: settings.Settings) -> None:
    found = capacity(
        [
            _object("Deployment", "web", {"replicas": 2, **_pods(_container("500m", "256Mi"))}),
            _autoscaler("web", 6),
            _object("Deployment", "worker", _pods(_container("100m", "64Mi"))),
            _object("DaemonSet", "agent", _pods(_container("10m", "16Mi"))),
            _object("CronJob", "clock", {}),
        ],
        prod,
    )
    assert found.nodes == "2 nodes of e2-standard-4"
    assert str(found.least) == "1,120m CPU and 608Mi memory"
    assert str(found.most) == "3,120m CPU and 1,632Mi memory"
    assert found.verdict().startswith("**Fits**: the pods reserve 1,120m CPU and 608Mi memory, at most 3,120m CPU")


def test_what_runs_before_counts_where_it_is_larger_and_sidecars_always(prod: settings.Settings) -> None:
    first = [_container("900m", "8Mi"), _container("50m", "32Mi", restartPolicy="Always")]
    found = capacity([_object("Deployment", "web", _pods(_container("100m", "64Mi"), initContainers=first))], prod)
    assert str(found.least) == "900m CPU and 96Mi memory"


@pytest.mark.parametrize(
    ("replicas", "most", "said"),
    [(7, 7, "**Fits**"), (4, 9, "**Fits, but not at its most**"), (9, 9, "**Does not fit**")],
)
def test_the_verdict_says_what_does_not_fit(replicas: int, most: int, said: str, prod: settings.Settings) -> None:
    pods = _object("Deployment", "web", {"replicas": replicas, **_pods(_container("1", "64Mi"))})
    assert capacity([pods, _autoscaler("web", most)], prod).verdict().startswith(said)


def test_what_is_deleted_reserves_nothing(prod: settings.Settings) -> None:
    made = _object("Deployment", "web", _pods(_container("1", "1Gi")))
    assert capacity([{**made, "op": "delete", "old": made["new"], "new": None}], prod).least == Amount()
