"""The RegisterModel state."""
