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
    return make.with_files({
        "tool/.git/HEAD": b"ref: refs/heads/../../../../../../etc/passwd\n", "tool/.git/refs/heads/a": b"ref: refs/heads/b\n",
        "tool/.git/refs/heads/b": b"ref: refs/heads/a\n", "tool/.git/refs/heads/c": b"ref: refs/heads/c\n",
        "tool/.git/refs/heads/long": b"a" * 1_000_000, "tool/.git/packed-refs": b"^" * 100 + b"\n\0\n" + b"0" * 40 + b" refs/heads/x\n" * 1000,
    })
