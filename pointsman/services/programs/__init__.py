"""Combinators over steps and programs: what is public of them stands in `pointsman.pipelines`."""
