"""The release of this program: every record names it, and the package takes its version from here."""

RELEASE = "0.2.0"
