def write(report, file):
    file.write_text(report.to_csv(index=False), encoding="utf-8", newline="")
