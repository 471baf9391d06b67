"""Upserts records of any Airbyte source into Close as Leads and Contacts."""
