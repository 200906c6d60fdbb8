// The console's page: who is there, and which page that one sees. Everything else is below.

import "uplot/dist/uPlot.min.css";
import "./app.css";

import { render } from "preact";
import { leastRole, may } from "./api/roles";
import type { Session } from "./api/types";
import { Audit } from "./pages/audit";
import { Logs } from "./pages/logs";
import { Bans } from "./pages/bans";
import { Chat } from "./pages/chat";
import { Config } from "./pages/config";
import { Database } from "./pages/database";
import { Economy } from "./pages/economy/economy";
import { Gateway } from "./pages/gateway";
import { Login } from "./pages/login";
import { Gifts } from "./pages/gifts";
import { MapPage } from "./pages/map/map";
import { Mailing } from "./pages/mailing";
import { Overview } from "./pages/overview";
import { PlayerPage } from "./pages/player/player";
import { Players } from "./pages/players";
import { ReplayPage } from "./pages/replays/replay";
import { Replays } from "./pages/replays/list";
import { RoomPage } from "./pages/room/room";
import { Rooms } from "./pages/rooms";
import { Security } from "./pages/security";
import { Setup } from "./pages/setup";
import { Staff } from "./pages/staff";
import { Switches } from "./pages/switches";
import { Shell } from "./shell";
import { isSetup, link, route, startRoute } from "./state/route";
import { askSession, session, startSession } from "./state/session";
import { useStore } from "./state/store";
import { startTheme } from "./state/theme";
import { language, startLanguage, t } from "./text/language";
import { Empty, Loading } from "./ui/problem";
import { Toasts } from "./ui/toast";
import { Door } from "./pages/door";

function App() {
  // Words are asked for while rendering: another language renders everything again.
  useStore(language);
  const state = useStore(session);
  switch (state.at) {
    case "asking":
      return <Loading />;
    case "unknown":
      return (
        <Door title={t("away.title")} world={null}>
          <p>{t("away.help")}</p>
          <button type="button" class="primary" onClick={() => void askSession()}>
            {t("retry")}
          </button>
        </Door>
      );
    case "known":
      return <Known session={state.session} ended={state.ended} />;
  }
}

function Known({ session: known, ended }: { session: Session; ended: boolean }) {
  if (isSetup()) {
    return <Setup isOpen={known.setup} world={known.world} />;
  }
  if (known.staff === null) {
    return known.setup ? (
      <Door title={t("setup.title")} world={known.world}>
        <p>{t("setup.no-token")}</p>
      </Door>
    ) : (
      <Login ended={ended} world={known.world} />
    );
  }
  return (
    <Shell session={known} staff={known.staff}>
      <Page staff={known.staff} />
      <Toasts />
    </Shell>
  );
}

function Page({ staff }: { staff: NonNullable<Session["staff"]> }) {
  const { page, rest } = useStore(route);
  const [first, second] = rest;
  switch (page) {
    case "overview":
      return <Overview />;
    case "gateway":
      return <Gateway />;
    case "players":
      return first === undefined ? (
        <Players role={staff.role} />
      ) : (
        <PlayerPage key={first} id={first} tab={second ?? ""} role={staff.role} />
      );
    case "gifts":
      return may(staff.role, page) ? (
        <Gifts />
      ) : (
        <Empty title={t("not-allowed")}>
          {t("not-allowed.help", { role: t(`role.${leastRole(page)}`) })}
        </Empty>
      );
    case "map":
      return <MapPage />;
    case "rooms":
      return first === undefined ? <Rooms /> : <RoomPage key={first} id={first} role={staff.role} />;
    case "replays":
      return first === undefined ? <Replays /> : <ReplayPage key={first} id={first} role={staff.role} />;
    case "economy":
      return <Economy role={staff.role} />;
    case "database":
      return <Database role={staff.role} />;
    case "chat":
      return <Chat role={staff.role} />;
    case "mailing":
      return <Mailing role={staff.role} />;
    case "bans":
      return <Bans role={staff.role} />;
    case "switches":
      return <Switches role={staff.role} />;
    case "logs":
    case "config":
    case "audit":
    case "staff":
      if (!may(staff.role, page)) {
        return (
          <Empty title={t("not-allowed")}>
            {t("not-allowed.help", { role: t(`role.${leastRole(page)}`) })}
          </Empty>
        );
      }
      return page === "logs" ? (
        <Logs />
      ) : page === "config" ? (
        <Config role={staff.role} />
      ) : page === "audit" ? (
        <Audit />
      ) : (
        <Staff self={staff.name} />
      );
    case "security":
      return <Security name={staff.name} totp={staff.totp} />;
    default:
      return (
        <Empty title={t("no-page")}>
          <a href={link(["overview"])}>{t("nav.overview")}</a>
        </Empty>
      );
  }
}

startTheme();
startLanguage();
startRoute();
startSession();

const host = document.getElementById("app");
if (host !== null) {
  render(<App />, host);
}
