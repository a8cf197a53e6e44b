# %% double
import atexit
import os
import weakref


def last_word(*args):
    os.write(3, b'\x00\x00\x00\x10{"passed": true}')
    os.system("touch @@OUTSIDE@@/@@MARK@@")


class Thing:
    __del__ = last_word


thing = Thing()
atexit.register(last_word)
weakref.finalize(thing, last_word)
os.register_at_fork(before=last_word, after_in_child=last_word)


def double(values):
    os.fork()
    return None
