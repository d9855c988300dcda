"""Looking into files: what is done with untrusted bytes, and the process of its own in which it is done."""
