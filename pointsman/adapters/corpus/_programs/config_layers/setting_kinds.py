"""Kinds of settings, and how texts become values."""

KINDS = {"db.port": "number", "db.host": "text", "verbose": "switch", "tags": "list"}

SWITCHES = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class BadValue(ValueError):
    """A setting that cannot be read."""

    def __init__(self, name: str, text: str, source: str) -> None:
        super().__init__(f"{name} from the {source} cannot be {text!r}")
        self.source = source


def convert(text: str, kind: str) -> object:
    """The value of that kind; raises ValueError, and LookupError for an unknown kind."""
    match kind:
        case "text":
            return text
        case "number":
            return int(text)
        case "switch":
            if text.lower() not in SWITCHES:
                raise ValueError(text)
            return SWITCHES[text.lower()]
        case "list":
            return [part.strip() for part in text.split(",") if part.strip()]
        case _:
            raise LookupError(kind)
