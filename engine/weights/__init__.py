"""Small trained weights, one card beside each; read as plain arrays, named by the hash of their bytes."""
