def total(lines):
    if not lines:
        raise ValueError("an order without lines")
    return sum(lines)
