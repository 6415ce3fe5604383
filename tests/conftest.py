"""What all tests have in common."""

import sys

import google.rpc.status_pb2
from hypothesis import HealthCheck, settings

# Pulumi's SDK brings a copy of it, and one process cannot have both.
sys.modules["pulumi.runtime.proto.status_pb2"] = google.rpc.status_pb2

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
