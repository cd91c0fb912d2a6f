"""What scripts/make_templates.py draws and writes: sentences in texts/, pictures in the modules."""
