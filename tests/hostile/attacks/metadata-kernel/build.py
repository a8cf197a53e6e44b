def build(make):
    document = make.notebook()
    command = make.text("touch @@OUTSIDE@@/@@MARK@@")
    document["metadata"]["kernelspec"] = {"name": "../../evil", "display_name": command, "language": "bash", "argv": ["sh", "-c", command]}
    document["metadata"]["language_info"] = {"name": "bash", "file_extension": ";" + command}
    document["nbformat_minor"] = 99
    return make.with_notebook(document)
