// The world's map: how many are in each cell, who moves where, and the same as a table.

import { useEffect, useState } from "preact/hooks";
import * as calls from "../../api/map";
import type { MapAnswer, MapOne } from "../../api/map";
import { useAsked } from "../../data/polled";
import { go } from "../../state/route";
import { whole as number } from "../../text/format";
import { t } from "../../text/language";
import { Empty, Problem, Shown } from "../../ui/problem";
import { Tile } from "../../ui/tile";
import { MapCanvas } from "./canvas";
import { InView } from "./in-view";
import { useMap } from "./polled";
import { around, held, partOf, type Size, type View, whole, zoomed } from "./view";

const FIRST_SIZE: Size = { width: 800, height: 560 };

export function MapPage() {
  const asked = useAsked((signal) => calls.ground(signal), []);
  return <Shown asked={asked}>{(ground) => <Whole ground={ground} onOther={asked.reload} />}</Shown>;
}

function Whole({ ground, onOther }: { ground: MapAnswer; onOther: () => void }) {
  const [size, setSize] = useState(FIRST_SIZE);
  const [view, setView] = useState<View>(() => whole(ground, FIRST_SIZE));
  const [isWhole, setIsWhole] = useState(true);
  const [monsters, setMonsters] = useState(true);
  const [chosen, setChosen] = useState<number | null>(null);
  const { answer, turn, error, paused } = useMap(partOf(view, ground, size));
  const isOther = answer !== null && (answer.map !== ground.map || answer.width_mm !== ground.width_mm);
  useEffect(() => {
    // The game began again with another map.
    if (isOther) {
      onOther();
    }
  }, [isOther]);
  const change = (next: (view: View) => View): void => {
    setIsWhole(false);
    setView(next);
  };
  const showAll = (): void => {
    setIsWhole(true);
    setView(whole(ground, size));
  };
  const resize = (next: Size): void => {
    setSize(next);
    setView((before) => (isWhole ? whole(ground, next) : held(before, ground, next)));
  };
  const zoom = (factor: number): void => {
    change((before) => zoomed(before, factor, { x: size.width / 2, y: size.height / 2 }, ground, size));
  };
  const now = answer ?? ground;
  const show = (one: MapOne): void => {
    setChosen(one.avatar);
    change((before) => around({ x: one.x_mm, y: one.y_mm }, before, ground, size));
  };
  return (
    <>
      <header class="page-head">
        <h1>
          {t("nav.map")} <small>{t("map.number", { n: ground.map })}</small>
        </h1>
        <div class="actions">
          <label class="check">
            <input
              type="checkbox"
              checked={monsters}
              onChange={(event) => setMonsters(event.currentTarget.checked)}
            />{" "}
            {t("map.monsters-shown")}
          </label>
          <button type="button" onClick={() => zoom(1 / 1.5)}>
            {t("map.zoom-in")}
          </button>
          <button type="button" onClick={() => zoom(1.5)}>
            {t("map.zoom-out")}
          </button>
          <button type="button" onClick={showAll}>
            {t("map.all")}
          </button>
        </div>
      </header>
      {error !== null && <Problem error={error} />}
      {paused && <p class="note note-warn">{t("map.paused")}</p>}
      <div class="tiles">
        <Tile
          label={t("map.players")}
          value={number(now.players)}
          note={t("map.in-view", { n: number(now.ones.filter((one) => one.account !== null).length) })}
        />
        <Tile
          label={t("map.monsters")}
          value={number(now.monsters)}
          note={t("map.in-view", { n: number(now.ones.filter((one) => one.account === null).length) })}
        />
        <Tile
          label={t("map.cells")}
          value={number(now.tiles.length)}
          note={t("map.cell-edge", { n: now.tile_mm / 1_000 })}
        />
      </div>
      {now.players + now.monsters === 0 && <Empty title={t("map.none")}>{t("map.none.help")}</Empty>}
      <div class="map">
        <section class="card map-card">
          <MapCanvas
            ground={ground}
            now={answer}
            turn={turn}
            view={view}
            size={size}
            monsters={monsters}
            chosen={chosen}
            onView={change}
            onWhole={showAll}
            onSize={resize}
            onOver={setChosen}
            onPick={(one) => (one.account === null ? show(one) : go(["players", one.account]))}
          />
          <p class="hint">{t("map.hint")}</p>
        </section>
        <section class="card">
          <h2>{t("map.view")}</h2>
          <InView now={now} monsters={monsters} onShow={show} />
        </section>
      </div>
    </>
  );
}
