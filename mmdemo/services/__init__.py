"""Plain Python in, dataclasses out; services do not import each other."""
