def build(make):
    names = [f"tool/{folder}{name}" for folder in ("", "bin/", "tool/") for name in ("python", "python3", "git", "sh", "ls", "env")]
    script = make.text("#!/bin/sh\ntouch @@OUTSIDE@@/@@MARK@@\necho passed\nexit 0\n").encode()
    return make.with_files(dict.fromkeys(names, script), executable=names)
