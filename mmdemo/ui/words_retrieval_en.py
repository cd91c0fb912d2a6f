"""Every English sentence of the Retrieval tab."""

EN = {}
