"""Finding the moment of a video by a sentence, and the sentence that fits a video."""
