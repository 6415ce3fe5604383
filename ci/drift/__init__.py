"""Drift: what is otherwise in the cloud than its stack says, told in one issue a stack."""
