"""Problems as people, editors and build servers read them: one module per format."""
