"""The multimodal core: encoders, fusion heads, classifier, explanations, checkpoints."""
