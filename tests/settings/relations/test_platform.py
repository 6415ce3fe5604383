"""What a stack stands on, and that it outlives the loss of a node."""

from typing import Any

import pytest

from settings import PROJECT, Settings, parse
from tests.settings.stack_files import GOOGLE, IMAGE, LEAST, one, refusal


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"cluster": {"nodes": 1, "machineType": "e2-standard-2"}}, "cluster.nodes is 1"),
        ({"services": {"shop": {"image": IMAGE}}}, "services.shop.replicas is 1"),
        ({"workers": {"mail": {"image": IMAGE}}}, "workers.mail.replicas is 1"),
        (
            {"workers": {"mail": {"image": IMAGE, "autoscaling": {"maximumReplicas": 4}}}},
            "workers.mail.replicas is 1",
        ),
        ({"gateway": {"replicas": 1}}, "gateway.replicas is 1"),
        ({"certificates": {"highlyAvailable": False}}, "certificates.highlyAvailable is false"),
    ],
)
def test_nothing_is_there_once_only_where_nodes_are_renewed(change: dict[str, Any], where: str) -> None:
    message = refusal(GOOGLE | change)
    assert f"{PROJECT}:{where}, on a platform whose nodes are renewed" in message
    assert "would interrupt it" in message
    assert isinstance(parse(LEAST | change, "test"), Settings)


@pytest.mark.parametrize("kind", ["scheduledJobs", "jobs", "nodeAgents"])
def test_what_has_no_number_of_pods_is_accepted_there(kind: str) -> None:
    assert parse(GOOGLE | {kind: one(kind)[kind]}, "test").workloads()["one"]
