"""How fast is the connector, and what limits it? `python -m integration_tests.bench`, or `make bench`."""
