"""How is the connector started from a checkout?"""

from destination_close.run import run

if __name__ == "__main__":
    run()
