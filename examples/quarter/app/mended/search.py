def query(name):
    return "SELECT id FROM users WHERE name = ?", (name,)
