"""What all tests have in common."""

import os
import sys

import google.rpc.status_pb2
from hypothesis import HealthCheck, settings

# Pulumi's SDK brings a copy of it, and one process cannot have both.
sys.modules["pulumi.runtime.proto.status_pb2"] = google.rpc.status_pb2

# Where it is set, nobody would notice a program whose first line never arrives, and most machines do not have it.
os.environ.pop("PYTHONUNBUFFERED", None)

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
