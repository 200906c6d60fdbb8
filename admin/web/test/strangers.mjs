// Pages of other origins, open in the browser of somebody of the staff: one at another port of the console's address, to which
// the browser sends the console's cookie as well, and one under another name. Each tries what a page can to change something,
// to read, and to show the console within itself. The test that asks says what must have come of it: nothing.

import { createServer } from "node:http";
import { soon, until } from "./browser.mjs";

/** What each page got, by its host, and what a name that leads here is answered. */
export async function strangers(context, url, account) {
  const server = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end("<!doctype html><title>Cats</title><body></body>");
  });
  await new Promise((listens) => server.listen(0, "127.0.0.1", listens));
  const { port } = server.address();
  try {
    const pages = [];
    for (const host of ["127.0.0.1", "localhost"]) {
      pages.push({ host, ...(await tries(context, `http://${host}:${port}/`, url, account)) });
    }
    const page = await context.newPage();
    const led = await page.goto(url.replace("127.0.0.1", "cats.localhost"));
    await page.close();
    return { pages, led_here: led.status() };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Of a request that the browser gave up itself some things are never told. */
const TOLD_MS = 15_000;

async function tries(context, from, url, account) {
  const page = await context.newPage();
  const asked = [];
  page.on("request", (request) => {
    if (request.url().startsWith(url)) {
      asked.push(request);
    }
  });
  await page.goto(from);
  const opening = context.waitForEvent("page");
  const got = await page.evaluate(tricks, { url, account });
  const popup = await opening;
  await popup.waitForLoadState();
  got.popup = await page.evaluate(() => {
    try {
      return window.opened.document.title;
    } catch {
      return "refused";
    }
  });
  await popup.close();
  // Each frame is answered, or the browser refused to.
  const frames = () => page.frames().filter((frame) => frame !== page.mainFrame());
  await until("frames", async () => frames().every((frame) => frame.url() !== "" && frame.url() !== "about:blank"), 30_000);
  const framed = await Promise.all(frames().map(async (frame) => [frame.url(), await soon(frame.evaluate(() => document.body.innerText), TOLD_MS, () => "no answer")]));
  const answers = [];
  for (const request of asked) {
    const answer = await soon(request.response().catch(() => null), TOLD_MS, () => null);
    const { cookie = "" } = await soon(request.allHeaders(), TOLD_MS, () => request.headers());
    answers.push({
      method: request.method(),
      path: new URL(request.url()).pathname,
      status: answer?.status() ?? null,
      with_session: cookie.includes("ding_console="),
    });
  }
  await page.close();
  return { got, framed, answers };
}

/** In the stranger's page. */
async function tricks({ url, account }) {
  const kick = `${url}/api/players/${account}/kick`;
  const wish = JSON.stringify({ reason: "a stranger" });
  const got = {};
  const asks = async (name, path, options) => {
    try {
      const answer = await fetch(path, { credentials: "include", ...options });
      got[name] = `${answer.type} ${await answer.text()}`;
    } catch {
      got[name] = "refused";
    }
  };
  const marks = { "Content-Type": "application/json", "X-Ding": "1" };
  await asks("post", kick, { method: "POST", mode: "no-cors", body: wish });
  await asks("post_to_read", kick, { method: "POST", mode: "cors", body: wish });
  await asks("post_as_the_page", kick, { method: "POST", mode: "cors", body: wish, headers: marks });
  await asks("get", `${url}/api/players`, { mode: "no-cors" });
  await asks("get_to_read", `${url}/api/players`, { mode: "cors" });
  await asks("session", `${url}/api/session`, { mode: "cors" });

  const hears = (target, good) =>
    new Promise((done) => {
      target.addEventListener(good, () => done("heard"), { once: true });
      target.addEventListener("error", () => done("refused"), { once: true });
    });
  const stream = new EventSource(`${url}/api/live`, { withCredentials: true });
  got.stream = await Promise.race([hears(stream, "open"), hears(stream, "sample"), hears(stream, "message")]);
  stream.close();
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/live`);
  got.socket = await hears(socket, "open");
  socket.close();
  for (const [name, tag, attributes] of [
    ["image", "img", { src: kick }],
    ["image_of_data", "img", { src: `${url}/api/players` }],
    ["script", "script", { src: `${url}/api/session` }],
    ["style", "link", { rel: "stylesheet", href: `${url}/api/session` }],
  ]) {
    const element = document.createElement(tag);
    const heard = hears(element, "load");
    Object.assign(element, attributes);
    document.body.append(element);
    got[name] = await heard;
  }

  // Into frames of their own: which of these the browser shows is looked at from outside.
  const forms = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
  const targets = [kick, kick, kick, `${url}/api/logout`];
  for (const [nth, action] of targets.entries()) {
    const frame = document.createElement("iframe");
    frame.name = `form-${nth}`;
    const form = document.createElement("form");
    Object.assign(form, { method: "POST", action, enctype: forms[nth % forms.length], target: frame.name });
    const input = document.createElement("input");
    // As plain text: a whole document of JSON.
    Object.assign(input, { name: '{"reason":"a stranger', value: '"}' });
    form.append(input);
    document.body.append(frame, form);
    form.submit();
  }
  for (const tag of ["iframe", "object", "embed"]) {
    const element = document.createElement(tag);
    element[tag === "object" ? "data" : "src"] = `${url}/#/players`;
    document.body.append(element);
  }
  window.opened = window.open(`${url}/#/staff`);
  return got;
}
