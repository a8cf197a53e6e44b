import copy


def build(make):
    document = make.notebook()
    cells = [cell for cell in document["cells"] if "nbgrader" in cell["metadata"]]
    for number in range(100):
        for cell in copy.deepcopy(cells):
            cell["id"] = f"{cell['id']}-{number}"
            cell["source"] = "doubles = adds_up = sorts = True"
            document["cells"].append(cell)
    return make.with_notebook(document)
