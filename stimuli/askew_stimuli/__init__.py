"""Pictures and what is known of them: the manifest, published data sets, checks."""
