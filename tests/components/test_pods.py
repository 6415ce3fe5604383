"""What pods have in common."""

from web_platform.pods import resources


def test_memory_is_reserved_and_limited_and_cpu_only_reserved() -> None:
    assert resources("1", "1Gi") == {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
