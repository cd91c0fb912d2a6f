"""Emotion of a sentence, a picture or a video: the service, the curve over time, and its export."""
