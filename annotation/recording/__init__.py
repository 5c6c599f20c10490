"""What recording computes: orders, phonemes, quality of sound, silence. Pure: no Django."""
