"""Every English sentence of the Fine-tuning tab."""

EN = {}
