/**
 * What generated posts are made of: sentences in a dozen scripts, each with a place (`{}`) for the topic's word, which
 * stands there between spaces so that a keyword rule finds it; asides without one; emoji that break careless readers.
 */
type NonEmpty<T> = readonly [T, ...T[]];

/**
 * The words that rules can count on: every generated post has at least one of `python`, `BTS`, `typescript` and
 * `kafka` as a word of its own; about half of those with `kafka` have `avro` too.
 */
export const topics = ["python", "BTS", "typescript", "kafka"] as const;
export type Topic = (typeof topics)[number];

/** In shares of 20. */
export const topicShares: NonEmpty<Topic> = [
  ...(Array.from({ length: 6 }, () => "python") as ["python"]),
  ...Array.from({ length: 6 }, () => "BTS" as const),
  ...Array.from({ length: 4 }, () => "typescript" as const),
  ...Array.from({ length: 4 }, () => "kafka" as const),
];

export const companions: Readonly<Record<Topic, NonEmpty<string>>> = {
  python: ["asyncio", "notebooks", "type hints", "pandas"],
  BTS: ["the new album", "tour dates", "that chorus", "the encore"],
  typescript: ["strict mode", "satisfies", "union types", "the compiler"],
  kafka: ["avro", "avro", "partitions", "consumer groups"],
};

export interface Language {
  readonly lang: string;
  readonly sentences: NonEmpty<string>;
  readonly asides: NonEmpty<string>;
}

export const english: Language = {
  lang: "en",
  sentences: [
    "Spent the whole evening with {} and regret nothing",
    "Is it just me or is {} everywhere this week?",
    "Three things I learned about {} today, one of them useful",
    "My cat walked over the keyword list and now it says {} twice",
    "Quick question for the {} crowd: where do you start?",
    "Nobody told me {} would be this much fun",
    "Coffee first, then {} until lunch",
    "Finally understood why people like {} so much",
  ],
  asides: [
    "No notes.",
    "More on that tomorrow.",
    "Send help.",
    "Worth every minute.",
    "You had to be there.",
  ],
};

export const languages: NonEmpty<Language> = [
  {
    lang: "ja",
    sentences: [
      "今日はずっと {} のことを考えていた",
      "やっと {} の使い方がわかってきた気がする",
      "朝から {} 三昧で幸せです",
      "友達に {} をすすめたらすごく喜ばれた",
      "雨の日は家で {} に限る",
    ],
    asides: ["続きはまた明日。", "みんなはどう思う？", "とりあえずコーヒー。", "最高でした！"],
  },
  {
    lang: "ar",
    sentences: [
      "قضيت المساء كله مع {} ولم أشعر بالوقت",
      "من يعرف من أين أبدأ مع {} ؟",
      "تعلمت اليوم شيئا جديدا عن {} وأنا سعيد",
      "لا أصدق كم تغير {} هذا العام",
    ],
    asides: ["شكرا لكم جميعا.", "إلى اللقاء غدا!", "القهوة أولا.", "ما رأيكم؟"],
  },
  {
    lang: "hi",
    sentences: [
      "आज पूरा दिन {} के साथ बीता और मज़ा आ गया",
      "क्या कोई {} के बारे में मुझे समझा सकता है?",
      "सुबह की चाय और {} से बेहतर कुछ नहीं",
      "आख़िरकार {} समझ में आने लगा है",
    ],
    asides: ["बाकी कल।", "आप सब का धन्यवाद!", "क्या बात है।", "ज़रा सोचिए।"],
  },
  {
    lang: "ko",
    sentences: [
      "오늘도 {} 덕분에 행복한 하루였다",
      "드디어 {} 이야기를 할 사람을 만났다",
      "아침부터 {} 생각뿐이야",
      "비 오는 날에는 역시 {} 최고",
    ],
    asides: ["내일 또 만나요.", "커피 한 잔 더!", "정말 대단하다.", "여러분 생각은요?"],
  },
  {
    lang: "ru",
    sentences: [
      "Весь вечер провёл с {} и ни о чём не жалею",
      "Кто-нибудь объяснит мне, зачем нужен {} на самом деле?",
      "Сегодня наконец понял, как устроен {} внутри",
      "Сначала чай, потом {} до самой ночи",
    ],
    asides: ["Продолжение завтра.", "Всем спасибо!", "Ещё раз с чувством.", "А вы как думаете?"],
  },
  {
    lang: "th",
    sentences: [
      "วันนี้อยู่กับ {} ทั้งวันเลย มีความสุขมาก",
      "ใครพอจะแนะนำ {} ให้หน่อยได้ไหม",
      "ในที่สุดก็เข้าใจ {} สักที",
      "กาแฟหนึ่งแก้วกับ {} ก็พอแล้ว",
    ],
    asides: ["พรุ่งนี้มาต่อกัน", "ขอบคุณทุกคนนะ", "คิดยังไงกันบ้าง", "ดีที่สุดเลย"],
  },
  {
    lang: "zh-TW",
    sentences: [
      "整個下午都在研究 {} 真的很有趣",
      "有人可以推薦 {} 的入門嗎？",
      "終於搞懂 {} 了，謝謝大家",
      "下雨天最適合 {} 了",
    ],
    asides: ["明天再繼續。", "大家覺得呢？", "先喝杯咖啡。", "太棒了！"],
  },
  {
    lang: "iw",
    sentences: [
      "כל הערב עם {} ואין חרטות",
      "מישהו יכול להסביר לי מה זה {} בעצם?",
      "סוף סוף הבנתי איך {} עובד",
    ],
    asides: ["המשך מחר.", "תודה לכולם!", "קודם קפה."],
  },
  {
    lang: "el",
    sentences: [
      "Όλο το βράδυ με {} και δεν μετανιώνω",
      "Ξέρει κανείς από πού να αρχίσω με {} ;",
      "Επιτέλους κατάλαβα το {} σήμερα",
    ],
    asides: ["Συνέχεια αύριο.", "Ευχαριστώ όλους!", "Πρώτα καφές."],
  },
  {
    lang: "es",
    sentences: [
      "Mañana sigo con {} porque hoy ya no puedo más",
      "¿Alguien más pasó la noche con {} o sólo yo?",
      "Qué ilusión aprender {} así, sin prisa",
    ],
    asides: ["¡Gracias a todos!", "Más café, por favor, señor.", "Continuará… mañana."],
  },
  {
    lang: "bn",
    sentences: ["আজ সারাদিন {} নিয়ে কাটল, দারুণ লাগল", "কেউ কি {} শেখাতে পারবেন?", "অবশেষে {} বুঝতে পারলাম"],
    asides: ["বাকিটা কাল।", "সবাইকে ধন্যবাদ!", "আগে চা।"],
  },
];

/** Joined families, flags, skin tones, keycaps, text that asks to be an emoji, letters beyond the first plane. */
export const emoji: NonEmpty<string> = [
  "😀",
  "👩‍💻",
  "👨‍👩‍👧‍👦",
  "🏳️‍🌈",
  "🇯🇵",
  "🇧🇷🇰🇷",
  "👍🏽",
  "🤷🏿‍♀️",
  "❤️‍🔥",
  "☕️",
  "#️⃣",
  "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
  "𝓯𝓾𝓷",
  "🫶🏻",
  "🧑🏽‍🚀",
];

export const hashtags: NonEmpty<string> = [
  "100DaysOfCode",
  "勉強",
  "музыка",
  "قهوة",
  "NowPlaying",
  "오늘",
  "café",
  "latency",
];

export const names: NonEmpty<string> = [
  "Ann Lee",
  "田中 さくら",
  "Иван Петров",
  "ليلى حسن",
  "김민준",
  "Zoë Müller",
  "आरव शर्मा",
  "Chi 🦊",
  "สมชาย ใจดี",
  "Nikos Γ.",
];

export const cashtags: NonEmpty<string> = ["TWTR", "CFLT", "HYBE"];

/** Every second author says where they are. */
export const locations = ["Köln", "東京", "São Paulo 🇧🇷", "Seoul"] as const;

const context = (domainId: string, domain: string, id: string, name: string) => ({
  domain: { id: domainId, name: domain },
  entity: { id, name },
});
/** What X says that a post is about: domains and entities in its numbering. */
export const contexts = {
  python: [
    context("66", "Interests and Hobbies Category", "848920371311001600", "Technology"),
    context("131", "Unified Twitter Taxonomy", "898673391980261376", "Python"),
  ],
  BTS: [
    context("54", "Musician", "889968977022402560", "BTS"),
    context("55", "Music Genre", "920051019000438784", "K-pop"),
  ],
  typescript: [context("66", "Interests and Hobbies Category", "848920371311001600", "Technology")],
  kafka: [context("66", "Interests and Hobbies Category", "848920371311001600", "Technology")],
} as const satisfies Readonly<Record<Topic, unknown>>;

/** Places that some authors tag their posts with: place objects as X has them. */
export const places = [
  {
    id: "01a9a39529b27f36",
    full_name: "Manhattan, NY",
    name: "Manhattan",
    place_type: "city",
    country: "United States",
    country_code: "US",
    geo: { type: "Feature", bbox: [-74.026675, 40.683935, -73.910408, 40.877483], properties: {} },
  },
  {
    id: "3078869807f9dd36",
    full_name: "Köln, Deutschland",
    name: "Köln",
    place_type: "city",
    country: "Deutschland",
    country_code: "DE",
    geo: { type: "Feature", bbox: [6.772445, 50.830443, 7.162032, 51.084983], properties: {} },
  },
  {
    id: "5e02a0f0d91c76d2",
    full_name: "渋谷区, 東京",
    name: "渋谷区",
    place_type: "city",
    country: "日本",
    country_code: "JP",
    geo: { type: "Feature", bbox: [139.661319, 35.641461, 139.72366, 35.692133], properties: {} },
  },
] as const;
