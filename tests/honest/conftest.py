collect_ignore_glob = ["*/*"]  # the solutions lie here, some with tests of their own
