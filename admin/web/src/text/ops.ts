// Words of the page about logs, and of the audit log's check. English, then Chinese.

export const OPS_WORDS = {
  "nav.logs": ["Logs", "日志"],
  "logs.none": ["No line fits", "没有符合的日志"],
  "logs.none.help": ["Choose less, or wait: lines come each second.", "请放宽筛选，或稍候：日志每秒更新。"],
  "logs.process": ["Process", "进程"],
  "logs.level": ["Level", "级别"],
  "logs.event": ["Event", "事件"],
  "logs.text": ["Text", "文本"],
  "logs.all": ["all", "全部"],
  "logs.more": ["Log more", "提高日志级别"],
  "logs.usual": ["As usual", "恢复默认级别"],
  "logs.left": ["{level} for {s} s more, {held} lines held back", "{level}，剩余 {s} 秒，已限流 {held} 行"],
  "logs.more.help": ["It logs at this level for ten minutes and goes back by itself, at most 200 more lines a second.", "以此级别记录十分钟后自动恢复，每秒最多增加 200 行。"],
  "logs.usual.help": ["It logs as its settings say, at once.", "立即按设置的级别记录。"],
  "audit.check": ["Check now", "立即检查"],
  "audit.save": ["Save as CSV", "保存为 CSV"],
  "audit.check.whole": ["All {n} lines are as they were written.", "全部 {n} 行均与写入时一致。"],
  "audit.check.broken": ["The file is not as it was written: keep a copy of it and find out who changed it.", "文件与写入时不一致：请保留副本并查明是谁更改的。"],
} as const satisfies Record<string, readonly [string, string]>;
