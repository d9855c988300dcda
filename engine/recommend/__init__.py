"""What a producer can be offered next: harmonies for a melody. Same input, seed and weights: same notes, everywhere."""
