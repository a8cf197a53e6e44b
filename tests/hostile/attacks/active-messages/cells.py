# %% double
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\x1b]0;owned\x07\x1b[2J\u202egnorw\u2066 [a](javascript:alert(3))"


def double(values):
    raise ValueError(EVIL)  # <script>alert(4)</script> <img src=x onerror=alert(5)> javascript:alert(6) \u202e


# %% total
Odd = type("<img src=x onerror=alert(1)>\x1b[31m", (Exception,), {})


def total(table):
    raise Odd(EVIL)  # "><svg onload=alert(7)>


# %% tidy
def in_order(table):
    raise KeyError(EVIL * 10_000)


# %% best
raise SyntaxError(EVIL, ("<b>.py", 1, 1, EVIL))
