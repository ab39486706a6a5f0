def address():
    return "0.0.0.0", 8080
