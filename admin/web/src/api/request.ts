// One request to the server and what can go wrong with it. Knows no particular call.

/** The server's word, or ours where it did not answer: `offline`, `broken`. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    text: string,
  ) {
    super(text);
  }
}

let onSignedOut: () => void = () => undefined;

/** Who is told when the server no longer knows this session. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

async function send(path: string, init: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") {
      throw error;
    }
    throw new ApiError(0, "offline", "");
  }
  const body = await json(response);
  if (response.ok) {
    return body;
  }
  const { error, text } = errorOf(body);
  if (response.status === 401 && path !== "/api/login") {
    onSignedOut();
  }
  throw new ApiError(response.status, error, text);
}

async function json(response: Response): Promise<unknown> {
  if (response.status === 204) {
    return null;
  }
  try {
    return (await response.json()) as unknown;
  } catch {
    if (response.ok) {
      throw new ApiError(response.status, "broken", "");
    }
    return null;
  }
}

function errorOf(body: unknown): { error: string; text: string } {
  const found = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const error = found["error"];
  const text = found["text"];
  return { error: typeof error === "string" ? error : "broken", text: typeof text === "string" ? text : "" };
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await send(path, { method: "GET", signal: signal ?? null })) as T;
}

/** Something that changes. The header and the type are what a foreign page cannot send. */
export async function post<T>(path: string, body: object): Promise<T> {
  const headers = { "Content-Type": "application/json", "X-Ding": "1" };
  return (await send(path, { method: "POST", headers, body: JSON.stringify(body) })) as T;
}
