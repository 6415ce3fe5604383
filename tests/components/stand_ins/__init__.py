"""Stand-ins: the component, and what each of them runs and holds."""
