def build(make):
    document = make.notebook()
    for number, cell in enumerate(document["cells"]):
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("grade"):
            marks |= {"points": 1000, "grade_id": f"doubles{number}", "cell_type": "markdown", "locked": False, "score": 1000}
            cell["metadata"]["ladder"] = {"title": "Passed", "skill": "numbers", "requires": []}
    document["metadata"] |= {"points": 1000, "ladder": {"level": "01-target", "exercise": "01-sums", "names": []}}
    return make.with_notebook(document)
