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
    path, tip = head(make)
    modules = make.text('[submodule "../../hooks"]\n\tpath = rows\n\turl = -u./evil\n\tupdate = !touch @@OUTSIDE@@/@@MARK@@\n').encode()
    blob = loose(b"blob", modules)
    tree = folder((b"100644", b".gitmodules", blob[2]), (b"160000", b"tool", "1" * 40))
    made = commit(tree[2], [tip])
    return make.with_files({one[0]: one[1] for one in (blob, tree, made)} | {path: made[2].encode() + b"\n", "tool/.gitmodules": modules})
