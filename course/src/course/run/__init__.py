"""Running programs: processes, environments, interpreters, ports, temporary folders.

Pytest is one of them: `testing` runs it, by a `fork_server` where it is run often. The
plugins `pytest_report`, `pytest_trace` and `pytest_modules`, which are copied beside a
run, write down what its tests did.
"""
