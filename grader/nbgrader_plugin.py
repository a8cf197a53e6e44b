"""What an ``nbgrader_config.py`` names: our preprocessor for any course, and hooks for our own levels."""

from __future__ import annotations

from grader.nbgrader_course.practice import lay_out_practice_data, practice_data_beside

__all__ = ["lay_out_practice_data", "practice_data_beside"]
