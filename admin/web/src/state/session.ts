// Who is logged in. Nobody: whoever looks at any page is asked to log in, and stays where he is.

import * as calls from "../api/calls";
import { ApiError, whenSignedOut } from "../api/request";
import { rules } from "../api/roles";
import type { Session } from "../api/types";
import { startLive, stopLive } from "../data/live";
import { startAttention } from "./attention";
import { Store } from "./store";

export type SessionState =
  | { at: "asking" }
  | { at: "unknown"; code: string }
  | { at: "known"; session: Session; /** It was logged in and no longer is. */ ended: boolean };

export const session = new Store<SessionState>({ at: "asking" });

function keep(found: Session, ended: boolean): void {
  session.set({ at: "known", session: found, ended });
  if (found.staff === null) {
    stopLive();
  } else {
    startLive(() => void askSession());
  }
}

/** Asks the server who this is. */
export async function askSession(): Promise<void> {
  const before = session.get();
  const wasIn = before.at === "known" && before.session.staff !== null;
  try {
    const found = await calls.session();
    if (found.staff !== null) {
      rules.set((await calls.routes()).routes);
    }
    keep(found, found.staff === null && wasIn);
  } catch (error) {
    // A console that is away for a moment is no reason to forget who this is.
    if (before.at !== "known") {
      session.set({ at: "unknown", code: error instanceof ApiError ? error.code : "broken" });
    }
  }
}

/** Out, once the server says so; else why not: whoever goes away from the page has to know that it is open still. */
export async function signOut(): Promise<ApiError | null> {
  try {
    await calls.logout();
  } catch (error) {
    return error instanceof ApiError ? error : new ApiError(0, "broken", String(error));
  }
  const before = session.get();
  if (before.at === "known") {
    keep({ ...before.session, staff: null }, false);
  }
  return null;
}

export function startSession(): void {
  whenSignedOut(() => {
    const before = session.get();
    if (before.at === "known" && before.session.staff !== null) {
      keep({ ...before.session, staff: null }, true);
    }
  });
  startAttention(() => {
    const now = session.get();
    if (now.at === "known" && now.session.staff !== null) {
      void askSession();
    }
  });
  void askSession();
}
