def total(lines):
    assert lines
    return sum(lines)
