"""Node sizes, against the figures of Google's documentation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cluster.machine_types import machine_type
from localcloud.errors import LocalCloudError


@pytest.mark.parametrize(
    ("name", "cpu", "allocatable_cpu", "memory", "allocatable_memory"),
    [
        # 8 GiB: 25 % of 4 and 20 % of 4 are kept, and 100 MiB for eviction.
        ("e2-standard-2", 2, 1930, 8192, 8192 - 1024 - 819 - 100),
        ("e2-standard-4", 4, 3920, 16384, 16384 - 1024 - 819 - 819 - 100),
        ("n1-standard-1", 1, 940, 3840, 3840 - 960 - 100),
        ("e2-medium", 2, 940, 4096, 4096 - 1024 - 100),
        ("n2-highmem-8", 8, 7910, 65536, 65536 - 1024 - 819 - 819 - 2949 - 100),
    ],
)
def test_what_is_left_for_pods_is_what_gke_leaves(
    name: str, cpu: int, allocatable_cpu: int, memory: int, allocatable_memory: int
) -> None:
    machine = machine_type(name)
    assert (machine.cpu, machine.allocatable_cpu, machine.memory) == (cpu, allocatable_cpu, memory)
    assert machine.allocatable_memory == pytest.approx(allocatable_memory, abs=2)


@given(st.sampled_from(["e2-standard-2", "e2-highcpu-4", "n1-highmem-96", "c3-standard-176", "e2-micro"]))
def test_something_is_left_and_something_is_kept(name: str) -> None:
    machine = machine_type(name)
    assert 0 < machine.allocatable_cpu < machine.cpu * 1000
    assert 0 < machine.allocatable_memory < machine.memory


@pytest.mark.parametrize("name", ["e2-standard-3", "e9-standard-2", "e2-huge-2", "standard", "", "t2d-highmem-2"])
def test_a_type_that_is_none_is_refused_by_name(name: str) -> None:
    with pytest.raises(LocalCloudError, match="machineType") as caught:
        machine_type(name)
    assert repr(name) in caught.value.problem
    assert "e2-standard-2" in caught.value.remedy
