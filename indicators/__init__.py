"""What a number means: values in, values out; no clock, no chance, no database, no web."""
