// What is around every page: where one can go, the search, who one is, and what is wrong right now.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "./api/request";
import { may } from "./api/roles";
import type { Role, Session } from "./api/types";
import { live } from "./data/live";
import { go, link, route } from "./state/route";
import { signOut } from "./state/session";
import { useStore } from "./state/store";
import { type Key, t, tOr } from "./text/language";
import { Dot } from "./ui/badge";
import { isBackAgain, processName, stateOf, toneOf } from "./ui/health";
import { type IconName, Logo, Picture } from "./ui/icons";
import { wordsFor } from "./ui/problem";
import { LanguageSwitch, ThemeSwitch } from "./ui/switches";

interface Place {
  page: IconName;
  name: Key;
  least?: "audit" | "config" | "logs" | "staff" | "gifts";
}

const PLACES: readonly Place[] = [
  { page: "overview", name: "nav.overview" },
  { page: "gateway", name: "nav.gateway" },
  { page: "players", name: "nav.players" },
  { page: "gifts", name: "nav.gifts", least: "gifts" },
  { page: "map", name: "nav.map" },
  { page: "rooms", name: "nav.rooms" },
  { page: "replays", name: "nav.replays" },
  { page: "economy", name: "nav.economy" },
  { page: "database", name: "nav.database" },
  { page: "chat", name: "nav.chat" },
  { page: "mailing", name: "nav.mailing" },
  { page: "bans", name: "nav.bans" },
  { page: "switches", name: "nav.switches" },
  { page: "logs", name: "nav.logs", least: "logs" },
  { page: "config", name: "nav.config", least: "config" },
  { page: "audit", name: "nav.audit", least: "audit" },
  { page: "staff", name: "nav.staff", least: "staff" },
];

interface ShellProps {
  session: Session;
  staff: { name: string; role: Role };
  children: ComponentChildren;
}

export function Shell({ session, staff, children }: ShellProps) {
  const { page } = useStore(route);
  const main = useRef<HTMLElement>(null);
  const [stays, setStays] = useState<ApiError | null>(null);
  const leave = (): void => void signOut().then(setStays);
  useEffect(() => {
    document.title = `${tOr("nav.", page)} · ${session.world ?? t("brand")}`;
    window.scrollTo(0, 0);
  }, [page, session.world]);
  return (
    <div class="shell">
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {t("skip")}
      </a>
      <aside>
        <p class="brand">
          <Logo /> <span>{t("brand")}</span> <small>{session.world}</small>
        </p>
        <nav aria-label={t("nav")}>
          {PLACES.filter((place) => place.least === undefined || may(staff.role, place.least)).map(
            (place) => (
              <a
                key={place.page}
                href={link([place.page])}
                aria-current={page === place.page ? "page" : undefined}
              >
                <Picture name={place.page} /> {t(place.name)}
              </a>
            ),
          )}
        </nav>
        <p class="build">{session.version}</p>
      </aside>
      <header class="bar">
        <Search />
        <Lights />
        <span class="bar-end">
          <LanguageSwitch />
          <ThemeSwitch />
          <a
            class="who"
            href={link(["security"])}
            title={t("nav.security")}
            aria-current={page === "security" ? "page" : undefined}
          >
            {staff.name} <small>{t(`role.${staff.role}`)}</small>
          </a>
          <button
            type="button"
            class="plain"
            title={t("sign-out")}
            aria-label={t("sign-out")}
            onClick={leave}
          >
            <Picture name="out" />
          </button>
        </span>
      </header>
      <main ref={main} id="main" tabIndex={-1}>
        {stays !== null && <StillIn error={stays} retry={leave} />}
        <Banners />
        {children}
      </main>
    </div>
  );
}

/** Logging out did not work: said until it does. */
function StillIn({ error, retry }: { error: ApiError; retry: () => void }) {
  return (
    <div class="note note-bad" role="alert">
      <span>
        <strong>{t("sign-out.failed")}</strong> {wordsFor(error)}
      </span>
      <button type="button" onClick={retry}>
        {t("retry")}
      </button>
    </div>
  );
}

/** `/` leads here from anywhere. */
function Search() {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target } = event;
      const isTyping = target instanceof HTMLElement && target.matches("input, textarea, select");
      if (
        event.key === "/" &&
        !isTyping &&
        !event.ctrlKey &&
        !event.metaKey &&
        document.querySelector("dialog[open]") === null
      ) {
        event.preventDefault();
        input.current?.focus();
        input.current?.select();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        go(["players"], { q: text.trim() });
      }}
    >
      <Picture name="search" />
      <input
        ref={input}
        type="search"
        value={text}
        placeholder={t("search.placeholder")}
        aria-label={t("search.placeholder")}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

/** A light for each process, on every page. */
function Lights() {
  const { sample } = useStore(live);
  return (
    <a class="lights" href={link(["overview"])}>
      {(sample?.processes ?? []).map((process) => (
        <span key={process.name} title={`${processName(process.name)}: ${stateOf(process)}`}>
          <Dot tone={toneOf(process)} /> <span class="light-name">{processName(process.name)}</span>
          <span class="unseen">: {stateOf(process)}</span>
        </span>
      ))}
    </a>
  );
}

/** What is wrong now. They go by themselves. */
function Banners() {
  const { sample, connected } = useStore(live);
  const [patient, setPatient] = useState(true);
  useEffect(() => {
    // A stream that is about to open is nothing to tell of.
    const timer = window.setTimeout(() => setPatient(false), 3_000);
    return () => window.clearTimeout(timer);
  }, []);
  const processes = sample?.processes ?? [];
  const unready = processes.filter((process) => !process.reachable || !process.ready);
  const fresh = processes.filter((process) => process.ready && isBackAgain(process));
  return (
    <div class="banners" role="status" aria-live="polite">
      {!connected && !(patient && sample === null) && <p class="note note-bad">{t("banner.no-stream")}</p>}
      {connected &&
        unready.map((process) => (
          <p key={process.name} class={`note ${process.reachable ? "note-warn" : "note-bad"}`}>
            <strong>
              {processName(process.name)}: {stateOf(process)}.
            </strong>{" "}
            {process.reachable ? t("banner.wait") : tOr("banner.", process.role)}
          </p>
        ))}
      {connected &&
        fresh.map((process) => (
          <p key={process.name} class="note note-warn">
            <strong>{t("banner.back", { process: processName(process.name) })}</strong> {t("banner.back.help")}
          </p>
        ))}
    </div>
  );
}
