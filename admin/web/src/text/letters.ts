// The words of what lies in letters, of what players reported, and of kinds of items that are found by name.

export const LETTERS_WORDS = {
  "mail.hidden": ["(what it says is for support and above)", "（内容仅限客服及以上查看）"],
  "mail.unopened": ["what lies in it was not looked at: too many newer letters", "未查看附件：较新的信件过多"],
  "reports.none": ["Nobody has reported this player", "没有人举报此玩家"],
  "reports.by": ["by", "举报人"],
  "reports.as": ["as {name}", "当时名称：{name}"],
  "reports.hidden": [
    "What was said and why it was reported is for support and above.",
    "举报的理由和发言仅限客服及以上查看。",
  ],
  "kinds.find": ["Find by name or number", "按名称或编号查找"],
  "kinds.more": ["{n} more: type a part of the name.", "还有 {n} 种：请输入名称的一部分。"],
  "error.too_many_rows": [
    "There is more of it than the game ever keeps: look at what the Database page says.",
    "数量超出游戏允许的上限：请查看“数据库”页面。",
  ],
} as const satisfies Record<string, readonly [string, string]>;
