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
    packer = zlib.compressobj(9)
    hasher = hashlib.sha1()
    pieces = []
    for piece in (b"blob %d\0" % (1 << 29), *[bytes(1 << 20)] * 512):
        hasher.update(piece)
        pieces.append(packer.compress(piece))
    name = hasher.hexdigest()
    tree = folder((b"100644", b"rows.py", name))
    top = folder((b"40000", b"tool", tree[2]))
    made = commit(top[2], [tip])
    files = {one[0]: one[1] for one in (tree, top, made)}
    return make.with_files(files | {f"tool/.git/objects/{name[:2]}/{name[2:]}": b"".join(pieces) + packer.flush(), path: made[2].encode() + b"\n"})
