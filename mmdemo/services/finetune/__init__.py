"""Fine-tuning: gather samples, train in a process of its own, understand, use."""
