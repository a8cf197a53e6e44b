"""What an ``nbgrader_config.py`` names: our preprocessor for any course, and hooks for our own levels."""

from __future__ import annotations

from grader.nbgrader_course.practice import lay_out_practice_data, practice_data_beside
from grader.nbgrader_course.preprocessor import Judge

__all__ = ["Judge", "lay_out_practice_data", "practice_data_beside"]
