"""Reading a report's file. Only the standard library and pure modules: it runs in a bare, confined process."""
