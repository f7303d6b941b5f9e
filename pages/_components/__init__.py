"""The parts that boards are made of: plain views in, components out."""
