// The event socket: connects, subscribes, and connects again with growing pauses.

import { BASE } from "./base.js";
import { csrfToken } from "./api.js";

const FIRST = 500; // milliseconds before the first new try
const LONGEST = 20000;

/** Closes a socket; one that is still connecting first finishes that, for the browser complains otherwise. */
function end(socket) {
  if (socket.readyState === WebSocket.CONNECTING) socket.addEventListener("open", () => socket.close());
  else socket.close();
}

/** Opens the stream. `on({event, time, data})` for each event; `state("open"|"waiting"|"closed", seconds)`. */
export function eventStream(subscribe, on, state) {
  let socket = null;
  let pause = FIRST;
  let timer = 0;
  let ended = false;

  function connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const mine = new WebSocket(`${scheme}://${location.host}${BASE}/api/v1/events`);
    socket = mine;
    mine.addEventListener("open", () => {
      mine.send(JSON.stringify({ subscribe: subscribe(), csrf: csrfToken() }));
      if (mine === socket) state("open");
    });
    mine.addEventListener("message", ({ data }) => {
      if (mine !== socket) return;
      pause = FIRST;
      try {
        on(JSON.parse(data));
      } catch {
        // A message that is no JSON is not shown.
      }
    });
    mine.addEventListener("close", () => {
      if (ended || mine !== socket) return;
      const jitter = pause * (0.75 + Math.random() / 2);
      state("waiting", Math.ceil(jitter / 1000));
      timer = setTimeout(connect, jitter);
      pause = Math.min(LONGEST, pause * 2);
    });
  }

  connect();
  return {
    /** Connects anew at once, after the choice of events changed. */
    renew: () => {
      clearTimeout(timer);
      pause = FIRST;
      const old = socket;
      socket = null;
      end(old);
      connect();
    },
    close: () => {
      ended = true;
      clearTimeout(timer);
      end(socket);
      state("closed");
    },
  };
}
