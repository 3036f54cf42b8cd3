import { en } from './en.js';
import { ko } from './ko.js';
import type { Sentences } from './sentences.js';
import { Words } from './words.js';

export type Language = Sentences['language'];

const place = 'onsale.language';

export function preferredLanguage(): Language {
  const chosen = localStorage.getItem(place);
  if (chosen === 'en' || chosen === 'ko') return chosen;
  return navigator.languages.find((one) => /^(en|ko)\b/.test(one))?.startsWith('ko') === true ? 'ko' : 'en';
}

export const keepLanguage = (language: Language): void => localStorage.setItem(place, language);

/** Both are loaded: one after the other would keep a phone far away waiting. */
export const wordsOf = (language: Language): Words => new Words(language === 'ko' ? ko : en);
