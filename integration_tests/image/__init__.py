"""How is the connector's image made, and does it work as Airbyte's platform will use it?"""
