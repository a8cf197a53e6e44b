"""Forms a report can be written in, a module each."""
