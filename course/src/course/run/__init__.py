"""Running programs: processes, environments, interpreters, ports, temporary folders.

Pytest is one of them: `testing` runs it, and the two plugins `pytest_report` and
`pytest_trace`, which are copied beside a run, write down what its tests did.
"""
