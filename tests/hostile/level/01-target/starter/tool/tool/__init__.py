"""Adds numbers up."""
