"""The laptop stack: what AWS does for Sambung, done on one machine from the same template.yaml."""
