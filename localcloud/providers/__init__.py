"""Resource providers that stand in for the real ones, used by the engine with the unmodified SDKs."""
