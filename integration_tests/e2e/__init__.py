"""Does Airbyte's own source, sent by Airbyte's own client, land in Close by the rules?

`python -m integration_tests.e2e`: PyAirbyte writes the `users` of airbyte-source-faker through the connector into the
Close sandbox, several times; every time but the first writes nothing.
"""
