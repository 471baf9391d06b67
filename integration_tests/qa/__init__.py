"""What do Airbyte's own QA checks say of this connector?

They are run as a contribution to Airbyte's repository would meet them, but without a network. Two are failed on purpose, see
`EXPECTED` in the driver and docs/publishing.md.
"""
