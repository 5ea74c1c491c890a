"""The preview server: builds, serves, and builds again when something changes."""
