"""Signal processing: signals in, signals and numbers out."""
