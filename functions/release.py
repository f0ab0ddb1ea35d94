"""Which release of this program it is, which every record that it keeps tells."""

RELEASE = "0.1.0"
