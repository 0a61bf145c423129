"""Running programs: processes, environments, interpreters, ports, temporary folders."""
