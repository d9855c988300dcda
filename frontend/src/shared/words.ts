/** Every word that a script says, in the reader's language. Templates hold the rest. */

const WORDS = {
  en: {
    play: "Play {title}",
    pause: "Pause {title}",
    playing: "Now playing",
    next: "Next",
    previous: "Previous",
    seek: "Position in {title}",
    seek_value: "{now} of {all}",
    unplayable: "“{title}” could not be played. Its preview may have expired: reload the page and try again.",
    dismiss: "Dismiss",
    go_to: "Go to a page",
    nothing_found: "Nothing found. Press Enter to search the shop.",
    search_for: "Search for “{query}”",
    upload_waiting: "Waiting",
    upload_sending: "{percent} % of {size}",
    upload_resuming: "Picked up at {percent} % of {size}",
    upload_paused: "The connection broke off. Trying again in {seconds} s.",
    upload_checking: "Looking at what it is",
    upload_refused: "This file was refused.",
    upload_cancelled: "Cancelled. Nothing was kept.",
    upload_done: "Ready",
    upload_open: "Open",
    upload_too_large: "This file is larger than {size}. Nothing was sent.",
    upload_list: "Uploads",
    retry: "Try again",
    cancel: "Cancel",
    job_queued: "Number {place} in the queue",
    job_next: "Next in the queue",
    job_running: "Working",
    job_finished: "Done",
    job_failed: "This did not work out, and nothing of it was kept.",
    job_cancelled: "Cancelled",
    job_asking: "Asking how far it is",
    roll: "Piano roll of {title}",
    waveform: "Waveform of {title}",
    table: "The same as a table",
    theme_light: "Switch to light",
    theme_dark: "Switch to dark",
    note_playing: "Sounding {name}",
  },
  "zh-hant": {
    play: "播放 {title}",
    pause: "暫停 {title}",
    playing: "正在播放",
    next: "下一首",
    previous: "上一首",
    seek: "{title} 的播放位置",
    seek_value: "{now} / {all}",
    unplayable: "無法播放「{title}」。試聽連結可能已過期，請重新載入頁面。",
    dismiss: "關閉",
    go_to: "前往頁面",
    nothing_found: "找不到。按 Enter 搜尋商店。",
    search_for: "搜尋「{query}」",
    upload_waiting: "等待中",
    upload_sending: "{size} 的 {percent}%",
    upload_resuming: "從 {size} 的 {percent}% 繼續",
    upload_paused: "連線中斷，{seconds} 秒後重試。",
    upload_checking: "正在檢查檔案內容",
    upload_refused: "此檔案未被接受。",
    upload_cancelled: "已取消，未保留任何內容。",
    upload_done: "完成",
    upload_open: "開啟",
    upload_too_large: "此檔案超過 {size}，未傳送。",
    upload_list: "上傳",
    retry: "重試",
    cancel: "取消",
    job_queued: "排在第 {place} 位",
    job_next: "下一個處理",
    job_running: "處理中",
    job_finished: "完成",
    job_failed: "未能完成，未保留任何內容。",
    job_cancelled: "已取消",
    job_asking: "查詢進度中",
    roll: "{title} 的鋼琴卷簾",
    waveform: "{title} 的波形",
    table: "以表格顯示",
    theme_light: "切換為淺色",
    theme_dark: "切換為深色",
    note_playing: "正在發聲：{name}",
  },
} as const;

export type Word = keyof (typeof WORDS)["en"];

/** A speaker of these words, in the page's language. */
export function speaker<Name extends string>(
  words: Record<"en" | "zh-hant", Record<Name, string>>,
): (word: Name, values?: Record<string, string | number>) => string {
  return (word, values = {}) => {
    const language = document.documentElement.lang.toLowerCase().startsWith("zh") ? "zh-hant" : "en";
    return words[language][word].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
  };
}

export const t = speaker<Word>(WORDS);
