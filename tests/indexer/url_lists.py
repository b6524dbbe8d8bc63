"""Lists of URLs in tests: their pictures, and what there is to look at afterwards."""

import threading

from tests.fetch.servers import picture_bytes

RED, BLUE, GREEN = (picture_bytes(colour) for colour in ("red", "blue", "green"))


def reset(server, press):
    server.pages.clear()
    server.put("/red.png", RED, etag='"r1"')
    server.put("/blue%20cup.png", BLUE, etag='"b1"')
    write(press, server, "/red.png", "/blue%20cup.png")


def write(press, server, *paths):
    press.write_text("# pictures of the press\n\n" + "\n".join(f"{server.url(each)}  # one" for each in paths))


def options(server):
    allowed = {"fetch_allow": ("127.0.0.0/8",), "fetch_ports": (server.port,)}
    return {"fetch": True, "fetch_delay_s": 0.0, "fetch_timeout_s": 10.0, **allowed}


def items(shelf):
    """Title → item."""
    ids = shelf.library.snapshot().items.tolist()
    return {item.title: item for item in shelf.library.items(ids).values()}


def bodies(item):
    return [medium.path.read_bytes() for medium in item.media]


def asked(server):
    """What has been asked for since the last call, with the etag that was sent."""
    told = sorted((path, headers.get("If-None-Match", "")) for path, headers in server.asked)
    server.asked.clear()
    return told


def counts(summary):
    return summary.indexed, summary.unchanged, summary.removed, len(summary.failures)


class Stopping:
    """Progress that stops once so many addresses have been answered."""

    def __init__(self, after):
        self.after, self.states, self._stop = after, [], threading.Event()

    def report(self, state):
        self.states.append(state)
        if next(stage.done for stage in state.stages if stage.stage == "fetch") >= self.after:
            self._stop.set()

    def stopped(self):
        return self._stop.is_set()
