"""The embedded services: PostgreSQL and Valkey from their wheels, on unix sockets, with no administrator and no port.

`guard` is the door for commands and tests, `supervisor` starts and stops, `keeper` is the small process that holds the
two servers, `processes` runs the whole site. Nothing here imports Django: it must work before there are settings.
"""
