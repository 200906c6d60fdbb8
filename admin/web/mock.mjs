// Plays the console's API with changing numbers and hostile names, under the real headers: for looking at the page
// and for its test. Usage: node mock.mjs [PORT]; sign in with any name and the password "correct horse battery".

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { configured } from "./test/configuring.mjs";
import { look } from "./test/people.mjs";
import { lookAtDealings } from "./test/dealings.mjs";
import { lookAtPlaces } from "./test/places.mjs";
import { sample } from "./test/world.mjs";

const here = dirname(fileURLToPath(import.meta.url));

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS = {
  "Content-Security-Policy": CSP,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cache-Control": "no-store",
};

const FILES = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/setup": ["index.html", "text/html; charset=utf-8"],
  "/app.js": ["app.js", "text/javascript; charset=utf-8"],
  "/app.css": ["app.css", "text/css; charset=utf-8"],
};

export const PASSWORD = "correct horse battery";

/** A console of its own: who is logged in, what was done, which processes are down. */
export function start(port = 0) {
  const state = {
    staff: null,
    setup: false,
    down: new Set(),
    silent: false,
    gateways: 1,
    empty: false,
    poison: null,
    gold: null,
    check: null,
    done: [],
    /** What is answered to a deed beside that it was done: by its path. */
    answers: {},
    /** Deeds that are refused: by their path, the status and the code. */
    refused: {},
    streams: new Set(),
  };
  const server = createServer((request, response) => {
    answer(state, request, response).catch((error) => fail(response, 500, "broken", String(error)));
  });
  const timer = setInterval(() => {
    for (const stream of state.streams) {
      send(stream, state);
    }
  }, 1_000);
  return new Promise((resolve) => {
    server.listen(port, "127.0.0.1", () => {
      const stop = () => {
        clearInterval(timer);
        for (const stream of state.streams) {
          stream.destroy();
        }
        server.close();
      };
      resolve({ url: `http://127.0.0.1:${server.address().port}`, state, stop });
    });
  });
}

function send(stream, state) {
  stream.write(`event: sample\ndata: ${JSON.stringify(sample(Date.now(), state.down, state.gateways))}\n\n`);
}

function json(response, status, body) {
  response.writeHead(status, { ...HEADERS, "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}

function fail(response, status, error, text = "") {
  json(response, status, { error, text });
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) {
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString("utf8") || "{}");
}

async function answer(state, request, response) {
  const url = new URL(request.url, "http://127.0.0.1");
  const file = FILES[url.pathname];
  if (file !== undefined) {
    const [name, type] = file;
    response.writeHead(200, { ...HEADERS, "Content-Type": type });
    response.end(await readFile(join(here, "dist", name)));
    return;
  }
  if (state.silent) {
    response.destroy();
    return;
  }
  if (url.pathname === "/api/session") {
    json(response, 200, {
      staff: state.staff,
      setup: state.setup,
      version: "0.7.0+mock",
      world: state.staff === null ? null : "demo world",
    });
  } else if (request.method === "POST") {
    await change(state, url.pathname, request, response);
  } else if (state.staff === null) {
    fail(response, 401, "not_logged_in");
  } else if (url.pathname === "/api/live") {
    response.writeHead(200, { ...HEADERS, "Content-Type": "text/event-stream" });
    state.streams.add(response);
    response.on("close", () => state.streams.delete(response));
    send(response, state);
  } else {
    const body =
      lookAtPlaces(url.pathname, url.searchParams, state) ??
      lookAtDealings(url.pathname, url.searchParams, state) ??
      look(url.pathname, url.searchParams, state);
    if (body?.refused !== undefined) {
      fail(response, 403, body.refused);
    } else if (body === null) {
      fail(response, 404, "not_found");
    } else {
      json(response, 200, body);
    }
  }
}

/** As the server asks of everything that changes: the header and the type. */
async function change(state, path, request, response) {
  if (request.headers["x-ding"] !== "1" || request.headers["content-type"] !== "application/json") {
    fail(response, 403, "cross_site");
    return;
  }
  const body = await bodyOf(request);
  const isWrong = body.password !== undefined && body.password !== PASSWORD;
  switch (path) {
    case "/api/setup":
      state.setup = false;
      state.staff = { name: body.name, role: "owner", totp: false };
      json(response, 200, {});
      return;
    case "/api/login":
      if (isWrong) {
        fail(response, 401, "bad_credentials");
      } else if (body.name === "coded" && body.code === "") {
        fail(response, 401, "code_needed");
      } else {
        state.staff = { name: body.name, role: body.role ?? "owner", totp: false };
        json(response, 200, {});
      }
      return;
    case "/api/logout":
      if (state.refused[path] !== undefined) {
        const [status, code] = state.refused[path];
        fail(response, status, code);
        return;
      }
      state.staff = null;
      json(response, 200, {});
      return;
    case "/api/totp/begin":
      json(response, 200, {
        secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        uri: "otpauth://totp/Ding:ada?secret=JBSWY3DPEHPK3PXP&issuer=Ding",
      });
      return;
    default:
      if (isWrong) {
        fail(response, 403, "wrong_password");
        return;
      }
      if (state.refused[path] !== undefined) {
        const [status, code] = state.refused[path];
        fail(response, status, code);
        return;
      }
      state.done.push({ path, body });
      json(response, 200, path.startsWith("/api/config/") ? configured(body) : (state.answers[path] ?? {}));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { url } = await start(Number(process.argv[2] ?? 7081));
  console.log(`the mock is at ${url} (any name, password "${PASSWORD}")`);
}
