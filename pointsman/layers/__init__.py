"""The wiring: settings in, a running `App` out. The only place that names concrete classes."""
