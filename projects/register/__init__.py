"""The register: the project itself and its stages."""
