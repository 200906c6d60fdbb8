// Language and theme, as buttons that are remembered.

import { setTheme, theme, type Theme } from "../state/theme";
import { useStore } from "../state/store";
import { language, setLanguage, t } from "../text/language";
import { Picture } from "./icons";

const NEXT: Readonly<Record<Theme, Theme>> = { auto: "light", light: "dark", dark: "auto" };

export function ThemeSwitch() {
  const now = useStore(theme);
  const label = t("theme.switch", { now: t(`theme.${now}`) });
  return (
    <button type="button" class="plain" title={label} aria-label={label} onClick={() => setTheme(NEXT[now])}>
      <Picture name={now} />
    </button>
  );
}

export function LanguageSwitch() {
  const now = useStore(language);
  const other = now === "en" ? "zh" : "en";
  return (
    <button
      type="button"
      class="plain"
      lang={other === "zh" ? "zh-Hans" : "en"}
      onClick={() => setLanguage(other)}
    >
      {other === "zh" ? "中文" : "English"}
    </button>
  );
}
