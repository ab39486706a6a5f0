def value(text):
    return eval(text)
