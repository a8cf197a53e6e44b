"""The delay desk's experiments: data, models and the record of each run."""
