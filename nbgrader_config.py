"""Stock `nbgrader` commands on Ladder's own levels, read in place: run them in this folder.

    nbgrader generate_assignment 01-intern        release/./01-intern/notebooks
    nbgrader autograde 01-intern                  submitted/<learner>/01-intern/notebooks → autograded, gradebook.db
    nbgrader generate_feedback 01-intern
    nbgrader generate_solution 01-intern
    nbgrader export
    nbgrader validate levels/01-intern/notebooks/01-clean-the-export.ipynb

An assignment is a level. Points are those of `ladder grade` under the practice key, as long as a submission is honest:
nbgrader runs the checks in the learner's own process. docs/operator/nbgrader.md says what follows from that.
"""

from grader.nbgrader_plugin import lay_out_practice_data, practice_data_beside

c = get_config()  # noqa: F821 - traitlets gives it to a config file

c.CourseDirectory.course_id = "ladder"
c.CourseDirectory.source_directory = "levels"
c.CourseDirectory.directory_structure = "{nbgrader_step}/{student_id}/{assignment_id}/notebooks"

# The notebooks read ../data: what generate_solution and validate run stands in levels/, what autograde runs does not.
lay_out_practice_data()
c.Autograde.pre_convert_hook = practice_data_beside
c.Execute.timeout = 120  # a check may make its data first
