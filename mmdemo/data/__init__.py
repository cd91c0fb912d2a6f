"""Reading: pictures, faces, language, archives, tables and whole datasets. No torch, no gradio."""
