"""What does the connector do with rows as they are in life? To be watched: `make demo`, or `python -m integration_tests.demo`."""
