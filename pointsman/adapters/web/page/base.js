// Where the server stands: nothing at the root of an address, `/llm` where it is mounted there in another server.

export const BASE = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
