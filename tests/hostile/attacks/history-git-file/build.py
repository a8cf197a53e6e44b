import hashlib
import zlib


def loose(kind, body, claimed=None):
    """A loose object as (path, bytes, id); `claimed` stores it under an id that is not its own."""
    data = kind + b" %d\0" % len(body) + body
    name = claimed or hashlib.sha1(data).hexdigest()
    return f"tool/.git/objects/{name[:2]}/{name[2:]}", zlib.compress(data), name


def commit(tree, parents=(), message="More"):
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    who = "Learner <learner@learner.invalid> 1400000000 +0000"
    return loose(b"commit", "\n".join([*lines, f"author {who}", f"committer {who}", "", message]).encode())


def head(make):
    for path, data in make.base.files.items():
        if path.startswith("tool/.git/refs/heads/"):
            return path, data.decode().strip()


def folder(*entries):
    return loose(b"tree", b"".join(mode + b" " + name + b"\0" + bytes.fromhex(sha) for mode, name, sha in entries))


def build(make):
    files = {path: data for path, data in make.base.files.items() if "/.git/" not in path}
    return type(make.base)(files | {"tool/.git": make.text("gitdir: @@NEIGHBOUR@@/tool/.git\n").encode()})
