// The head of a page of charts: its name, and over which span they go.

import type { SpanState } from "../data/span";
import { t } from "../text/language";
import { Segments } from "./segments";

export function SpanHead({ title, state }: { title: string; state: SpanState }) {
  return (
    <header class="page-head">
      <h1>
        {title} {state.span === "24h" && <small>{t("span.24h.help")}</small>}
      </h1>
      <Segments
        label={t("span")}
        value={state.span}
        onValue={state.choose}
        options={[
          { value: "15m", label: t("span.15m") },
          { value: "24h", label: t("span.24h") },
        ]}
      />
    </header>
  );
}
