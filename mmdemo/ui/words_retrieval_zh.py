"""Every Chinese sentence of the Retrieval tab."""

ZH = {}

# what errors and notes say, by their code (see words_told.py)
TOLD = {}
