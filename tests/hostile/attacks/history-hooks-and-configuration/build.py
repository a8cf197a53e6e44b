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
    command = make.text("touch @@OUTSIDE@@/@@MARK@@ /tmp/@@MARK@@")
    hooks = ("post-checkout", "pre-commit", "post-merge", "reference-transaction", "fsmonitor-watchman", "pre-receive", "post-index-change")
    config = f'[core]\nfsmonitor = {command}\npager = {command}\nsshCommand = {command}\neditor = {command}\nhooksPath = hooks\n'
    config += f'[filter "x"]\nclean = {command}\nsmudge = {command}\nprocess = {command}\n[alias]\nlog = !{command}\n[diff]\nexternal = {command}\n'
    config += f'[include]\npath = {make.words["CANARY"]}\n[gpg]\nprogram = {command}\n'
    files = {f"tool/.git/hooks/{name}": f"#!/bin/sh\n{command}\n".encode() for name in hooks}
    files |= {"tool/.git/config": config.encode(), "tool/.git/config.worktree": config.encode(), "tool/.gitconfig": config.encode(),
              "tool/.gitattributes": b"* filter=x diff=x merge=x\n", "tool/.git/info/attributes": b"* filter=x\n"}
    return make.with_files(files, executable=[name for name in files if "hooks" in name])
