// Where the server stands: nothing at the root of an address, `/llm` where it is mounted there in another server.

const HERE = new URL(".", import.meta.url).pathname; // ends in `/static/`, or in `/static/` and the name of a build

export const BASE = HERE.slice(0, HERE.lastIndexOf("/static/"));

/** The folder of the page's files, of the same build as the script that asks. */
export const ASSETS = HERE.slice(0, -1);
