"""The workbench: what the engine can do to an element, on its maker's page. No tables: production keeps everything."""
