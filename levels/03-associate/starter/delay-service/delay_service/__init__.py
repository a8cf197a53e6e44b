"""The chance that a flight will leave more than half an hour late: prepared, learned, scored and served."""
