"""Random sequences of Git and Tenon operations on two clones, judged by a model of what each commit must pin and each work tree must hold."""
