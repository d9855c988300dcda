"""Create: what the engine recommends, heard, steered and kept. No tables: production keeps everything."""
