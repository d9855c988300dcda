"""The composition of the whole site: settings, addresses, servers. The only place that reads the environment."""
