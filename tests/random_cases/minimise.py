def minimise(case, kind, options):
    return case
