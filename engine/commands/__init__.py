"""The commands of `python -m engine`, one file each, found by their file names.

A command's module has three names:

- `SUMMARY`, one line for `--help`
- `add_arguments(parser)`, which adds to an `argparse.ArgumentParser`
- `run(options)`, which does the work and returns nothing; a refusal is an `EngineError`

What is heavy (numpy, a network, a file reader) is imported inside `run`: `--help` loads every module here. Files,
results and progress go through `engine.console`.
"""
