// Reads server-sent events from a response body. Only LF, CR and CRLF end a line.

/** Splits text into lines as it comes; a CRLF cut in two by the network is still one end. */
export function lineSplitter() {
  let rest = "";
  return (text, last = false) => {
    rest += text;
    const held = !last && rest.endsWith("\r");
    const lines = (held ? rest.slice(0, -1) : rest).split(/\r\n|\n|\r/);
    rest = lines.pop() + (held ? "\r" : "");
    if (last && rest) lines.push(rest);
    return lines;
  };
}

/** Gathers lines into events: returns `{name, data}` at an empty line, otherwise null. Comments are ignored. */
export function eventReader() {
  let name = "";
  let data = [];
  return (line) => {
    if (line === "") {
      const event = data.length ? { name: name || "message", data: data.join("\n") } : null;
      name = "";
      data = [];
      return event;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") name = value;
    if (field === "data") data.push(value);
    return null;
  };
}

/** All events of a body, in order; closes the body when the reader stops early. */
export async function* serverSentEvents(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const split = lineSplitter();
  const read = eventReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const text = done ? decoder.decode() : decoder.decode(value, { stream: true });
      for (const line of split(text, done)) {
        const event = read(line);
        if (event) yield event;
      }
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
