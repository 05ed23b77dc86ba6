"""Stands for the layer: a function finds it as it would in Lambda."""

WHERE = "layer"
