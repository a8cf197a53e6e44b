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
    entry = bytes([0b1110_1111]) + b"\xff" * 8 + b"\x7f" + b"\x01" + zlib.compress(b"\x90" * 100)  # ofs-delta on itself
    body = b"PACK" + (2).to_bytes(4, "big") + (0xFFFFFFFF).to_bytes(4, "big") + entry * 100
    pack = body + hashlib.sha1(body).digest()
    index = b"\xfftOc" + (2).to_bytes(4, "big") + (1 << 31).to_bytes(4, "big") * 256 + b"\xff" * 5000
    name = f"tool/.git/objects/pack/pack-{'7' * 40}"
    return make.with_files({f"{name}.pack": pack, f"{name}.idx": index, path: b"7" * 40 + b"\n"})
