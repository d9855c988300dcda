"""One task a file: tempo, key, meter, peaks, fingerprint."""
