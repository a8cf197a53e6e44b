def build(make):
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>=cmd|'/c calc'!A1 \u202e"
    rows = f"def add_rows(rows):\n    raise ValueError({evil!r})  # {evil}\n\n\ndef sort_rows(rows):\n    return {evil!r}\n"
    main = f"import sys\n\nprint({evil!r} + '\\x1b[2J\\x07')\nraise ImportError({evil!r})\n"
    return make.with_files({
        "tool/tool/rows.py": rows.encode(), "tool/tool/__main__.py": main.encode(),
        "tool/<script>alert(1)<|script>.py": b"x", "tool/=cmd.csv": b"=1+1",
    })
